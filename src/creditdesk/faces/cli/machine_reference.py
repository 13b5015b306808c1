"""The pages of the reference about what machines ask: the API and the metrics.

The faces do not import each other: their lists are asked for by name.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Any

from creditdesk.faces.cli.markdown import code, page, table


def api_page() -> str:
    """Return every endpoint with its schemas."""
    api = import_module("creditdesk.faces.api.urls").api
    schema: Mapping[str, Any] = api.get_openapi_schema(path_prefix="/api/v1/")
    parts = [
        (
            "Send `Authorization: Bearer KEY` with a key made by `creditdesk api-key`. Amounts are "
            "decimal strings beside their currency. Writing requests may carry an "
            "`Idempotency-Key`: "
            "the same key gets the same answer and does nothing twice. Errors are problem details "
            "(RFC 9457) with `code`, `place` and `mend`; see [error codes](error-codes.md). "
            "The whole "
            "description stands at `/api/v1/openapi.json`."
        )
    ]
    for path, methods in schema["paths"].items():
        for method, said in methods.items():
            parts += [f"## {method.upper()} {path}", said.get("description") or said["summary"]]
            parts += _bodies(said)
    parts.append("## Schemas")
    for name, one in sorted(schema["components"]["schemas"].items()):
        parts += [f"### {name}", str(one.get("description", "")), _properties(one)]
    return page("API", *parts)


def _bodies(said: Mapping[str, Any]) -> list[str]:
    lines = []
    if "requestBody" in said:
        lines.append(f"- Body: {_schema(said['requestBody']['content'])}")
    answer = said["responses"].get(200, {}).get("content")
    if answer:
        lines.append(f"- Answer: {_schema(answer)}")
    return ["\n".join(lines)] if lines else []


def _schema(content: Mapping[str, Any]) -> str:
    [one] = content.values()
    name = str(one["schema"].get("$ref", "")).rpartition("/")[2]
    return f"[{name}](#{name.lower()})" if name else str(one["schema"].get("title", "JSON"))


def _properties(one: Mapping[str, Any]) -> str:
    needed = one.get("required", [])
    rows = [
        (code(name), _json_type(of), "required" if name in needed else "")
        for name, of in one.get("properties", {}).items()
    ]
    return table(["field", "type", ""], rows) if rows else ""


def _json_type(of: Mapping[str, Any]) -> str:
    if "$ref" in of:
        name = of["$ref"].rpartition("/")[2]
        return f"[{name}](#{name.lower()})"
    if "anyOf" in of:
        return " or ".join(_json_type(one) for one in of["anyOf"])
    if of.get("type") == "array":
        return f"list of {_json_type(of['items'])}"
    choices = of.get("enum") or ([of["const"]] if "const" in of else [])
    named = " · ".join(map(code, choices))
    return named or " ".join(filter(None, (of.get("format"), str(of.get("type", "any")))))


def metrics_page() -> str:
    """Return every metric with its labels."""
    described: Sequence[Any] = import_module("creditdesk.faces.health.metrics").DESCRIBED
    rows = [
        (code(one.name), one.kind, ", ".join(map(code, one.labels)), one.help) for one in described
    ]
    return page(
        "Metrics",
        "`GET /metrics` in the text format of Prometheus: for whoever sends "
        "`Authorization: Bearer` and the token of `CREDITDESK_METRICS_TOKEN`; without a token set, "
        "for this machine alone. Counters and histograms count what the web processes of one "
        "machine answered since they were started; gauges are read from the database and the same "
        "whichever process is asked. [Alerts worth having](../how-to/monitor.md).",
        table(["metric", "kind", "labels", "what it says"], rows),
        "## Health",
        "`GET /health/live` answers 200 while the process answers. `GET /health/ready` answers 200 "
        "when the database can be reached and has every migration, 503 otherwise; its JSON also "
        "says whether a worker was heard of.",
    )
