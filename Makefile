# Everything a person or CI runs; needs python3.11 or later and make, nothing else.
PY = .venv/bin/python
RUFF = .venv/bin/ruff
RUN_MODE = AFTERSESSION_MODE=$${AFTERSESSION_MODE:-demo}
.PHONY: demo demo-reset test fast fmt lint types run worker messages bench torture lock

demo: .venv/.product ## the whole product with a practice to play in
	@exec $(PY) -m tools.demo
demo-reset: .venv/.product ## the same, begun again
	@exec $(PY) -m tools.demo --reset
test: .venv/.tests ## everything CI runs, in CI's order
	@$(PY) -m tools.check
fast: .venv/.tests ## what one runs every minute
	@$(PY) -m pytest -q -n 2 -m "not browser and not torture"
fmt: .venv/.tests
	@$(RUFF) check -q --fix . ; $(RUFF) format -q .
lint types: .venv/.tests
	@$(PY) -m tools.check --only $@
run: .venv/.product
	@$(RUN_MODE) exec .venv/bin/granian --interface wsgi --workers 1 --blocking-threads 4 config.wsgi:application
worker: .venv/.product
	@$(RUN_MODE) exec $(PY) manage.py worker
messages: .venv/.product ## gather what to translate, bring each language up to it, compile
	@$(PY) -m tools.messages --gather
bench: .venv/.tests ## speed, beside the raw limit of the same machine
	@$(PY) -m tools.bench
torture: .venv/.tests ## the crash and race tests at full length
	@TORTURE=$${TORTURE:-full} $(PY) -m pytest -m torture
lock: .tools/.uv
	@sh tools/lock.sh
.tools/.uv: requirements-uv.txt
	@sh tools/bootstrap.sh uv
.venv/.product: .tools/.uv requirements.txt
	@sh tools/bootstrap.sh product
.venv/.tests: .venv/.product requirements-dev.txt
	@sh tools/bootstrap.sh tests
