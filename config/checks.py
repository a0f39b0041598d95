# SPDX-License-Identifier: Apache-2.0
"""System checks that fail the build: a route nobody decided about, a decision about no route."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from django.core.checks import CheckMessage, Error, register
from django.urls import URLPattern, URLResolver, get_resolver

from config.policy import POLICY, Kind


@register("security")
def check_policy(app_configs: Any = None, **_kwargs: Any) -> list[CheckMessage]:
    """Every route has a row in `config/policy.py`, every row a route, and only webhooks skip CSRF."""
    return list(policy_problems(get_resolver().url_patterns))


def policy_problems(patterns: Sequence[URLPattern | URLResolver]) -> Iterator[CheckMessage]:
    """What is wrong between a set of routes and the policy."""
    seen = set()
    for name, view in routes(patterns):
        policy = POLICY.get(name)
        seen.add(name)
        if policy is None:
            yield Error(f"The route {name!r} has no row in config/policy.py.", id="aftersession.E001")
        elif is_csrf_exempt(view) and policy.kind != Kind.WEBHOOK:
            yield Error(f"The route {name!r} skips CSRF and is no webhook.", id="aftersession.E003")
        elif policy.kind == Kind.MEMBER and not policy.roles:
            yield Error(f"The route {name!r} is for members, but for no role.", id="aftersession.E004")
    for name in sorted(set(POLICY) - seen):
        yield Error(f"config/policy.py has a row for {name!r}, which is no route.", id="aftersession.E002")


def routes(
    patterns: Sequence[URLPattern | URLResolver], namespace: str = ""
) -> Iterator[tuple[str, Callable[..., Any]]]:
    """Name (with its namespace, as `resolver_match.view_name`) and view of each route."""
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            yield from routes(pattern.url_patterns, inner)
        else:
            yield f"{namespace}{pattern.name or pattern.lookup_str}", pattern.callback


def is_csrf_exempt(view: Callable[..., Any]) -> bool:
    """Whether Django lets unsafe requests to the view pass without a token."""
    return bool(getattr(view, "csrf_exempt", False))
