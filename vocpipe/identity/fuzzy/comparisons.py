"""How two names, birth dates, homes and e-mail addresses compare: macros that the SELECTs of this folder use.

Each gives the level of agreement as a word, null where one side says nothing. The dear comparisons stand behind cheap
ones that rule most pairs out.
"""

from __future__ import annotations

from collections.abc import Iterable

import duckdb

# A slip is what a hand does to a name that it knows: a letter lost or doubled inside it, neighbours swapped. Jan and
# Jana, Anna and Hanna, Marie and Maria are no slips of one another: they are two names, and may be twins.
NAME_LEVEL = """case
    when a is null or b is null then null
    when a = b then 'same'
    when jaro_winkler_similarity(a, b) < 0.6 then case
        when contains(concat(' ', a, ' '), concat(' ', b, ' ')) or contains(concat(' ', b, ' '), concat(' ', a, ' '))
            then 'part' else 'other' end
    when a = concat(b, right(b, 1)) or b = concat(a, right(a, 1)) then 'slip'
    when least(length(a), length(b)) >= 4 and length(a) <> length(b) and left(a, 1) = left(b, 1)
        and right(a, 1) = right(b, 1) and levenshtein(a, b) = 1 then 'slip'
    when length(a) = length(b) and length(a) >= 4 and hamming(a, b) = 2 and damerau_levenshtein(a, b) = 1 then 'slip'
    when least(length(a), length(b)) >= 4 and abs(length(a) - length(b)) <= 2 and levenshtein(a, b) <= 4
        and damerau_levenshtein(a, b) <= if(greatest(length(a), length(b)) >= 6, 2, 1) then 'near'
    when starts_with(a, b) or starts_with(b, a)
        then if(least(length(a), length(b)) = 1, 'initial', if(abs(length(a) - length(b)) = 1, 'near', 'part'))
    when contains(concat(' ', a, ' '), concat(' ', b, ' ')) or contains(concat(' ', b, ' '), concat(' ', a, ' '))
        then 'part'
    when jaro_winkler_similarity(a, b) >= 0.8 then 'like'
    else 'other' end"""

# As eight digits; a slip is one digit, two neighbours, or day and month swapped; near is less than a generation apart.
DATE_LEVEL = """case
    when a is null or b is null then null
    when a = b then 'same'
    when hamming(a, b) = 1 or (hamming(a, b) = 2 and damerau_levenshtein(a, b) = 1) then 'slip'
    when left(a, 4) = left(b, 4) and substr(a, 5, 2) = right(b, 2) and right(a, 2) = substr(b, 5, 2) then 'slip'
    when abs(cast(left(a, 4) as integer) - cast(left(b, 4) as integer)) < 18 then 'near'
    else 'other' end"""

# The next house of a street is not the same house misspelt.
PLACE_LEVEL = """case
    when a is null or b is null then null
    when a = b then 'same'
    when contains(a, b) or contains(b, a) then 'part'
    when jaro_winkler_similarity(a, b) < 0.7 then 'other'
    when abs(length(a) - length(b)) <= 2 and levenshtein(a, b) <= 4
        and damerau_levenshtein(a, b) <= least(2, length(a) // 4)
        then if(is_address and digits_of(a) <> digits_of(b), 'part', 'near')
    when jaro_winkler_similarity(a, b) >= 0.9 then 'like'
    else 'other' end"""

# A digit more or another one is the next mailbox of the same name at a big provider, not a slip.
EMAIL_LEVEL = """case
    when mailbox_a is null or mailbox_b is null then null
    when mailbox_a = mailbox_b and domain_a = domain_b then 'same'
    when least(length(mailbox_a), length(mailbox_b)) < 5 then 'other'
    when domain_a = domain_b and jaro_winkler_similarity(mailbox_a, mailbox_b) >= 0.7
        and digits_of(mailbox_a) = digits_of(mailbox_b)
        and damerau_levenshtein(mailbox_a, mailbox_b) = 1 then 'near'
    when mailbox_a = mailbox_b and damerau_levenshtein(domain_a, domain_b) <= 2 then 'near'
    else 'other' end"""

# Most names are plain words: the long way is for the others.
NAME_FORM = """case
    when regexp_full_match(lower(name), '[a-z0-9]+( [a-z0-9]+)*') then lower(name)
    else nullif(trim(regexp_replace(
        translate(strip_accents(lower(name)), '''`’´', ''), '[^\\p{L}\\p{N}]+', ' ', 'g'
    )), '') end"""

# Part of the model, see weights.sql: what a name says by how it compares; no name says more than ``most``.
NAME_WEIGHT = """case level
    when 'same' then least(bits - 0.5, most)
    when 'slip' then least(bits - 3, most - 3.5)
    when 'near' then least(bits - 4, most - 4.5)
    when 'part' then least(bits - 4, 5)
    when 'like' then least(bits - 5, 4)
    when 'initial' then 1
    when 'other' then -4
    else 0 end"""

LEVEL_WORD = """case level
    when 'same' then 'same' when 'slip' then 'slip in the' when 'near' then 'nearly the same'
    when 'part' then 'partly the same' when 'like' then 'similar' when 'initial' then 'initial of the'
    when 'other' then 'other' end"""

MACROS = {
    "name_form(name)": NAME_FORM,
    "digits_of(text)": "regexp_replace(text, '[^0-9]', '', 'g')",
    "level_word(level)": LEVEL_WORD,
    "name_weight(level, bits, most)": NAME_WEIGHT,
    "name_level(a, b)": NAME_LEVEL,
    "date_level(a, b)": DATE_LEVEL,
    "place_level(a, b, is_address)": PLACE_LEVEL,
    "email_level(mailbox_a, domain_a, mailbox_b, domain_b)": EMAIL_LEVEL,
}


def define(con: duckdb.DuckDBPyConnection, nobody: Iterable[str]) -> None:
    """Defines the macros for this connection; ``nobody`` are the words that name nobody, in lower case."""
    words = "|".join(sorted(nobody))
    is_nobody = f"coalesce(regexp_full_match(name, '({words})( ({words}))*'), true)"
    for head, body in {**MACROS, "is_nobody(name)": is_nobody}.items():
        con.execute(f"create or replace temp macro {head} as {body}")
