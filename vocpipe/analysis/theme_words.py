"""The words of texts, as themes are made of them: what says something, what is junk, what is a person's name.

Words that can stand in any text whatever it is about (the, was, please, great, terrible) say nothing here, nor do
tokens with digits: an order number or a date never describes a theme.
"""

from __future__ import annotations

import html
import re
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

# What stands for a person, an address or a page; nothing of it is the customer's word.
_NOT_WORDS = re.compile(r"\[\w+\]|(?:https?://|www\.)\S+|(?<!\w)@\w+")
_TOKEN = re.compile(r"[^\W_]+(?:'[^\W_]+)*")
_BREAK = re.compile(r"[.!?;:,()\n]")
_PERSON_BEFORE = frozenset(
    "agent named name mr mrs ms miss dr sir madam rep representative colleague attendant steward stewardess captain"
    " manager thanks thank kudos".split()
)
FUNCTION_WORDS = frozenset(
    "a about above across actually after again against ago ain't all almost alone along already also although always am"
    " among an and another any anybody anymore anyone anything anyway anywhere are aren't around as ask asked asking at"
    " away back be became because become been before began behind being below best better between both bring brought but"
    " by call called came can can't cannot cant come comes coming could couldn't couple did didn't didnt different do"
    " does doesn't doesnt doing don't done dont down dear each either else end enough especially etc even ever every"
    " everybody everyone everything everywhere except far few finally find first for former forward found from full get"
    " gets getting give given gives giving go goes going gone gonna good got gotta had hadn't happen happened happening"
    " hardly has hasn't have haven't having he he'd he'll he's hello help hence her here here's hers herself hey hi him"
    " himself his how how's however i i'd i'll i'm i've if im in indeed instead into is isn't isnt it it'd it'll it's its"
    " itself ive just keep keeps kept kind knew know known last lately later least leave left less let let's like likely"
    " little ll long look looked looking looks lot lots made main make makes making many may maybe me mean means meanwhile"
    " might mine moment more most mostly move much must my myself near nearly need needed needs neither never"
    " nevertheless new next no nobody none nor not nothing now nowhere o'clock of off often oh ok okay on once one ones"
    " only onto or other others otherwise our ours ourselves out over own part people per perhaps please plus possible"
    " pretty put quite rather re really reason recently regarding right said same saw say saying says second see seem"
    " seemed seems seen seriously several shall she she'd she'll she's should shouldn't show since so some somebody"
    " somehow someone something sometimes somewhere soon sort start started still stuff such sure take taken takes taking"
    " tell than that that's thats the their theirs them themselves then there there's thereby therefore these they they'd"
    " they'll they're they've theyre thing things think this those though thought through thru thus till to today told"
    " tomorrow tonight too took toward towards tried tries true truly try trying twice two u under unless until up upon ur"
    " us use used uses using usually various ve very via wanna want wanted wants was wasn't wasnt way we we'd we'll we're"
    " we've well went were weren't what what's whatever when where whereas whether which while who who's whoever whole"
    " whom whose why will with within without won't wont would wouldn't yeah yep yes yesterday yet you you'd you'll"
    " you're you've your youre yours yourself yourselves"
    " monday tuesday wednesday thursday friday saturday sunday january february march april june july august september"
    " october november december morning afternoon evening night day days week weeks month months year years hour hours"
    " minute minutes time times three four five six seven eight nine ten hundred thousand rt amp via lol omg wtf smh pls"
    " plz thx btw fyi asap idk dm dms".split()
)
# Praise, blame and courtesy: of each topic alike, so they describe none. Answers that say nothing, too.
EMPTY_WORDS = frozenset(
    "amazing annoyed annoying answer awesome awful bad brilliant cheers comment comments company customer customers"
    " disappointed disappointing disappointment disgusted disgusting excellent experience fab fantastic fail fine"
    " fine fun great grateful happy hate hope horrible horrid issue issues joke love loved lovely luck meh mess n na nice"
    " nil perfect pleased pleasure poor problem problems question questions ridiculous sad satisfied service shame shocking"
    " sorry stupid sucks suck super superb terrible test testing thank thanks thankyou unacceptable unhappy upset wonderful"
    " worst worse wow wrong appreciate appreciated dunno nope none everything fuck fucking shit damn hell crap"
    " absolutely completely totally extremely definitely basically literally honestly unfortunately obviously".split()
)
_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_NEXT = {pair for row in _ROWS for pair in [*pairwise(row), *pairwise(row[::-1])]}
_REPEATED = re.compile(r"(.{1,5}?)\1+")


@dataclass(frozen=True, slots=True)
class Words:
    """The words of one text that say something: their stems in order, and as they were written in lower case.

    ``joined[i]`` is whether word i + 1 stands right behind word i, so that both make a phrase. ``wording`` is all its
    words in lower case: the same for copies of one text, whatever numbers, handles and marks differ.
    """

    stems: tuple[str, ...]
    written: tuple[str, ...]
    joined: tuple[bool, ...]
    wording: str

    def pairs(self) -> list[tuple[str, str]]:
        """Stems that stand next to each other."""
        return [pair for pair, is_joined in zip(pairwise(self.stems), self.joined, strict=False) if is_joined]

    def terms(self) -> set[str]:
        """Stems and pairs of stems."""
        return set(self.stems) | {" ".join(pair) for pair in self.pairs()}


def words_of(text: str, not_words: Collection[str] = ()) -> Words:
    """The words of a text that say something; ``not_words`` (lower case) are passed over, names of people say."""
    clean = _NOT_WORDS.sub(" . ", html.unescape(html.unescape(text)).replace("’", "'"))
    stems: list[str] = []
    written: list[str] = []
    joined: list[bool] = []
    wording: list[str] = []
    is_next = False  # whether nothing stands between the last word that says something and this one
    last_end = 0
    for found in _TOKEN.finditer(clean):
        word = found.group().lower()
        is_next = is_next and not _BREAK.search(clean, last_end, found.start())
        last_end = found.end()
        if word.isalpha():
            wording.append(word)
        if not says_something(word) or word in not_words:
            is_next = False
            continue
        if stems:
            joined.append(is_next)
        stems.append(stem(word))
        written.append(word)
        is_next = True
    return Words(tuple(stems), tuple(written), tuple(joined), " ".join(wording))


@lru_cache(maxsize=200_000)
def says_something(word: str) -> bool:
    """Whether a word in lower case can be a part of what a text is about."""
    if word in FUNCTION_WORDS or word in EMPTY_WORDS or not 3 <= len(word) <= 25:
        return False
    return not any(sign.isdigit() for sign in word) and not is_mashed(word)


def is_mashed(word: str) -> bool:
    """Whether a word is keys pressed at random: rows of the keyboard, repeated pieces, no vowel."""
    letters = word.replace("'", "")
    if len(set(letters)) < 2:
        return True
    if len(letters) < 4 or not letters.isascii():
        return False
    steps = [pair in _NEXT for pair in pairwise(letters)]
    if sum(steps) / len(steps) > (0.8 if len(letters) > 4 else 0.99) and (len(letters) > 4 or letters[0] in _ROWS[1]):
        return True
    if any(len(piece.group()) >= max(6, 0.7 * len(letters)) for piece in _REPEATED.finditer(letters)):
        return True
    if len(letters) > 4 and not set(letters) & set("aeiouy"):
        return True
    return len(letters) > 5 and set(letters) <= set(_ROWS[1]) and len(set(letters)) < 4


@lru_cache(maxsize=1)
def _stemmer() -> object:
    from nltk.stem.snowball import SnowballStemmer

    return SnowballStemmer("english")


@lru_cache(maxsize=200_000)
def stem(word: str) -> str:
    """Words of one family have the same stem: delay, delays, delayed."""
    found: str = _stemmer().stem(word)  # type: ignore[attr-defined]
    return found


def names_in(texts: Iterable[str], known: Collection[str]) -> set[str]:
    """Words in lower case that the texts use as names of people.

    Within sentences such a word is mostly written with a capital letter, and it is the name of a person in the records
    (``known``, lower case) or stands mostly behind words like "agent" or "Mrs".
    """
    seen: Counter[str] = Counter()
    capital: Counter[str] = Counter()
    person: Counter[str] = Counter()
    for text in texts:
        if text.isupper():
            continue
        found = list(_TOKEN.finditer(_NOT_WORDS.sub(" ", text)))
        for before, after in pairwise(found):
            word = after.group()
            if not word[0].isalpha() or _starts(after.string, after.start()):
                continue
            low = word.lower()
            seen[low] += 1
            capital[low] += word[0].isupper() and not word.isupper()
            person[low] += word[0].isupper() and before.group().lower() in _PERSON_BEFORE
    return {
        word
        for word, count in capital.items()
        if count >= 0.6 * seen[word] and (word in known or (count > 1 and person[word] >= 0.3 * seen[word]))
    }


def _starts(text: str, start: int) -> bool:
    """Whether a sentence begins here."""
    return text[:start].rstrip()[-1:] in ("", ".", "!", "?", ":", "\n", '"')


def spelt(words: Sequence[Words]) -> dict[str, Counter[str]]:
    """How each stem is written in the texts, and how often."""
    found: dict[str, Counter[str]] = {}
    for one in words:
        for stemmed, written in zip(one.stems, one.written, strict=True):
            found.setdefault(stemmed, Counter())[written] += 1
    return found
