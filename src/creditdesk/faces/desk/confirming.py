"""Work on chosen rows in two steps: first what it would do is shown, then it is done."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from creditdesk.controls.commands import preview
from creditdesk.faces.desk import faults, forms
from creditdesk.faces.desk.requests import DeskRequest
from creditdesk.kernel.actor import Actor
from creditdesk.kernel.errors import Conflict, Invalid, NotFound, Refused

CONFIRMED = "confirmed"
EXPECTED = "expected"
NOT_THEIRS: Final = frozenset({"not_permitted", "duties_conflict"})

Chosen = TypeVar("Chosen")
Done = TypeVar("Done")


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt(Generic[Chosen, Done]):
    """How far a form came: what it chose, what would be done, what was, or what is wrong."""

    chosen: Chosen
    reason: str = ""
    shown: Done | None = None
    done: Done | None = None
    fault: str = ""
    status: int = 200


def attempt(
    desk: DeskRequest,
    nothing: Chosen,
    choose: Callable[[], Chosen],
    act: Callable[[Actor, Chosen, str, int | None], Done],
    *,
    wants_reason: bool = True,
    tells_refusals: bool = False,
) -> Attempt[Chosen, Done]:
    """Show what `act` would do with what the form chose, or do it once the form is confirmed.

    `act` is given the reason, and how many rows the preview counted (None in the preview itself),
    so that it refuses when the list has changed since. `nothing` is what counts as chosen when
    `choose` finds a fault; the fault is in the answer, with 422, or 409 for a conflict. So is what
    a rule refuses, where the form `tells_refusals`.
    """
    chosen, reason = nothing, ""
    try:
        chosen = choose()
        reason = forms.text(desk, "reason", is_required=wants_reason)
        if CONFIRMED in desk.POST:
            done = act(forms.acting(desk), chosen, reason, forms.count(desk, EXPECTED))
            return Attempt(chosen=chosen, reason=reason, done=done)
        with preview():
            shown = act(desk.actor, chosen, reason, None)
    except (Invalid, Conflict, Refused) as error:
        is_rule = isinstance(error, Refused)
        if is_rule and (not tells_refusals or error.code in NOT_THEIRS):
            raise
        status = 422 if isinstance(error, Invalid) else 409
        said = faults.sentence(error)
        return Attempt(chosen=chosen, reason=reason, fault=said, status=status)
    return Attempt(chosen=chosen, reason=reason, shown=shown)


def done(
    request: HttpRequest,
    act: Callable[[], object],
    said: str,
    back: str,
    *,
    told: Collection[str] = (),
    args: Sequence[str] = (),
    kept: Callable[[], HttpResponse] | None = None,
) -> HttpResponse:
    """Do it, say so, and go back to the list; what is wrong is said there too.

    With `args` back is the page that they name. What is not found is a page of its own, but for
    the codes in `told`; who may not is told so. `kept` shows the form again with what was typed:
    with it, what is wrong is said there, under 422, or 409 where a rule or a change stands against.
    """
    status = 409
    try:
        act()
    except NotFound as error:
        if error.code not in told:
            raise
        messages.error(request, faults.sentence(error))
    except (Invalid, Conflict, Refused) as error:
        if error.code in NOT_THEIRS:
            raise
        messages.error(request, faults.sentence(error))
        status = 422 if isinstance(error, Invalid) else 409
    else:
        messages.success(request, said)
        kept = None
    if kept is not None:
        page = kept()
        page.status_code = status
        return page
    return HttpResponseRedirect(reverse(back, args=args), status=303)
