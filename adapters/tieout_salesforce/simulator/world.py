"""One simulated Salesforce: an org with its sessions, its allowance of calls and its open queries."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from tieout_salesforce.simulator.metadata import custom_fields
from tieout_salesforce.simulator.org import Org, Settings
from tieout_salesforce.simulator.schema import CURRENCY, Field, Object, keyed
from tieout_salesforce.simulator.seed import CURRENCIES, Currency, seed
from tieout_salesforce.simulator.sessions import Allowance, Sessions
from tieout_salesforce.simulator.soql_run import Queries
from tieout_salesforce.simulator.standard_parties import ACCOUNT, CONTACT
from tieout_salesforce.simulator.standard_prices import ENTRY, PRICE_BOOK, PRODUCT
from tieout_salesforce.simulator.standard_quotes import QUOTE, QUOTE_LINE
from tieout_salesforce.simulator.standard_sales import LINE, OPPORTUNITY, STAGE
from tieout_salesforce.simulator.standard_setup import CURRENCY_TYPE, DATED_RATE, ORGANIZATION, USER
from tieout_salesforce.simulator.table import Row

BUSINESS = (ACCOUNT, CONTACT, PRODUCT, PRICE_BOOK, ENTRY, OPPORTUNITY, LINE, STAGE, QUOTE, QUOTE_LINE)
STANDARD = (ORGANIZATION, USER, *BUSINESS, CURRENCY_TYPE, DATED_RATE)


@dataclass(frozen=True, slots=True)
class Access:
    """What a client needs; invented, and worth nothing outside of the simulator."""

    client_id: str
    client_secret: str
    token: str
    """Works at once, as the integration user, until it is revoked."""
    user_token: str
    """The same for a person."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How to set up a world."""

    access: Access
    settings: Settings
    custom_fields: bool = True
    currencies: Sequence[Currency] = CURRENCIES
    daily_calls: int = 15000
    """A Developer Edition's allowance (section 2.3)."""


class World:
    """Everything behind one simulated host."""

    def __init__(self, clock: Callable[[], datetime], plan: Plan) -> None:
        custom = list(custom_fields()) if plan.custom_fields else []
        self.org = Org(clock, objects(custom, plan.settings), replace(plan.settings))
        self.sessions = Sessions(self.org)
        self.allowance = Allowance(self.org, plan.daily_calls)
        self.queries = Queries(self.org)
        self.client_id = plan.access.client_id
        self.client_secret = plan.access.client_secret
        seed(self.org, plan.currencies)
        self.org.layout.changed = dict.fromkeys(self.org.layout.objects, self.org.stamp())
        self.sessions.open(self.org.integration_user, token=plan.access.token)
        self.sessions.open(self.org.human_user, token=plan.access.user_token)

    def currencies(self) -> Iterable[Row]:
        """Give the org's currencies; none in an org with one."""
        table = self.org.tables.get("CurrencyType")
        return table.all() if table else ()


def objects(custom: Sequence[tuple[str, Field]], settings: Settings) -> dict[str, Object]:
    """Put the objects of an org together: custom fields; what several currencies and dated rates add (section 2.13)."""
    found: dict[str, Object] = {}
    for one in STANDARD:
        if one in (CURRENCY_TYPE, DATED_RATE) and not settings.multi_currency:
            continue
        if one is DATED_RATE and not settings.dated_rates:
            continue
        more = [field for name, field in custom if name == one.name]
        fixed = one in (ENTRY, LINE, QUOTE_LINE)
        currency = [replace(CURRENCY, updatable=not fixed)] if settings.multi_currency and one.has_currency else []
        found[one.name] = replace(one, fields={**one.fields, **keyed(*currency, *more)})
    return found
