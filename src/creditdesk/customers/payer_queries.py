"""Payers found by what a bank line says of them: account, name, customer number, a word of a name.

Each is asked of all customers through an index, closed accounts too; the keys are those of
`payer_index`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from typing import Final, NamedTuple

from creditdesk.kernel.references import reference_key
from creditdesk.plumbing import sql

_ACCOUNTS: Final = """
    SELECT account_key, customer_id FROM customers_bankdetail
     WHERE company_id = %(company_id)s AND account_key = ANY(%(keys)s::text[])
"""
_NAMES: Final = """
    SELECT name_key, id FROM customers_customer
     WHERE company_id = %(company_id)s AND name_key = ANY(%(keys)s::text[])
     UNION ALL
    SELECT name_key, customer_id FROM customers_alias
     WHERE company_id = %(company_id)s AND name_key = ANY(%(keys)s::text[])
"""
# As `reference_key` folds plain numbers; the few others are folded there.
_NUMBER_KEY: Final = """upper(regexp_replace(number, '[^0-9A-Za-z]+', '', 'g') COLLATE "C")"""
_NUMBERS: Final = f"""
    SELECT number, id FROM customers_customer
     WHERE company_id = %(company_id)s AND {_NUMBER_KEY} = ANY(%(keys)s::text[])
     UNION
    SELECT number, id FROM customers_customer
     WHERE company_id = %(company_id)s AND number ~ '[^ -~]'
     ORDER BY 2
"""
# Each word is looked up by itself, however many there are: behind a SELECT the planner does not
# count them, so that a plan once made is kept.
_WORDS: Final = """
    SELECT asked.word, found.name_key
      FROM unnest((SELECT %(words)s::text[])) AS asked (word)
     CROSS JOIN LATERAL (
           SELECT name_key FROM customers_customer
            WHERE company_id = %(company_id)s
              AND string_to_array(name_key, ' ') @> ARRAY[asked.word]
            UNION
           SELECT name_key FROM customers_alias
            WHERE company_id = %(company_id)s
              AND string_to_array(name_key, ' ') @> ARRAY[asked.word]
            LIMIT %(most)s) found
     ORDER BY 1, 2
"""
# Counted, so that the index of words is asked: of a mere EXISTS the planner hopes to meet one
# early, and walks all customers for each word that nobody is called.
_SAID: Final = """
    SELECT asked.word FROM unnest(%(words)s::text[]) AS asked (word)
     WHERE (SELECT count(*) FROM customers_customer
             WHERE company_id = %(company_id)s
               AND string_to_array(name_key, ' ') @> ARRAY[asked.word]) > 0
        OR (SELECT count(*) FROM customers_alias
             WHERE company_id = %(company_id)s
               AND string_to_array(name_key, ' ') @> ARRAY[asked.word]) > 0
"""


class _Keyed(NamedTuple):
    key: str
    customer_id: int


class _Worded(NamedTuple):
    word: str
    name_key: str


def by_account(company_id: int, keys: Collection[str]) -> Mapping[str, Collection[int]]:
    """Return account key → customers who pay from it, of those asked for."""
    return _gathered(_ACCOUNTS, company_id, keys)


def by_name(company_id: int, keys: Collection[str]) -> Mapping[str, Collection[int]]:
    """Return name key → customers of that name or alias, of those asked for."""
    return _gathered(_NAMES, company_id, keys)


def by_number(company_id: int, keys: Collection[str]) -> dict[str, int]:
    """Return number key → customer, of those asked for."""
    wanted = set(keys)
    rows = sql.fetch(_Keyed, _NUMBERS, {"company_id": company_id, "keys": sql.array(wanted)})
    return {
        key: row.customer_id for row in rows if (key := reference_key(row.key) or row.key) in wanted
    }


def names_with(company_id: int, words: Collection[str], *, most: int) -> dict[str, list[str]]:
    """Return word → name keys that hold it, so many at most, of those asked for."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    params = {"company_id": company_id, "words": sql.array(words), "most": most}
    for row in sql.fetch(_Worded, _WORDS, params):
        found[row.word].append(row.name_key)
    return dict(found)


def words_of_names(company_id: int, words: Collection[str]) -> list[str]:
    """Return those of the words that stand in the name of anybody."""
    return sql.scalars(_SAID, {"company_id": company_id, "words": sql.array(words)})


def _gathered(
    statement: str, company_id: int, keys: Collection[str]
) -> Mapping[str, Collection[int]]:
    found: defaultdict[str, set[int]] = defaultdict(set)
    for row in sql.fetch(_Keyed, statement, {"company_id": company_id, "keys": sql.array(keys)}):
        found[row.key].add(row.customer_id)
    return dict(found)
