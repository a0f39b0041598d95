# SPDX-License-Identifier: Apache-2.0
"""The measurements on one database, in a process of its own: `python -m tools.bench.run data|pages`."""

from __future__ import annotations

import argparse
import json
from dataclasses import asdict

import django


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("part", choices=["data", "web", "pages"])
    parser.add_argument("--rounds", type=int, default=300)
    parser.add_argument("--size", type=int, default=100_000)
    arguments = parser.parse_args()
    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    if arguments.part == "data":
        from tools.bench.completion import measure_clients, measure_completion, measure_documents
        from tools.bench.scene import make_scene

        scene = make_scene()
        figures = measure_completion(scene, arguments.rounds)
        figures += measure_clients(scene)
        figures += measure_documents(scene)
    elif arguments.part == "web":
        from tools.bench.web import measure_web

        figures = measure_web(arguments.rounds)
    else:
        from tools.bench.pages import measure_pages

        figures = measure_pages(arguments.size)
    print("FIGURES " + json.dumps([asdict(figure) for figure in figures]))


if __name__ == "__main__":
    main()
