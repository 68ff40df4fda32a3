"""What a model is given to read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vocpipe.enrichment.wording import plain


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("", ""),
        (" \n\t ", ""),
        ("two  blanks\nand a line", "two blanks and a line"),
        ("fish &amp;amp; chips &lt;3", "fish & chips <3"),
        ("it’s “fine” and ‘so’ on", "it's \"fine\" and 'so' on"),
        ("@fernwing thanks, @Al_1!", "@user thanks, @user!"),
        ("[handle] thanks", "@user thanks"),
        ("write to a@b please", "write to a@b please"),
        ("see https://t.co/abc?x=1 and www.example.com/a", "see http and http"),
        ("see [link] or [url] or http", "see http or http or http"),
        ("[phone] [name] stay", "[phone] [name] stay"),
        ("sooooooo bad!!!!!!!", "sooo bad!!!"),
        ("sooo bad", "sooo bad"),
        ("\U0001f44d\U0001f3fd ok ❤\ufe0f", "\U0001f44d ok ❤"),
        ("\U0001f468\u200d\U0001f469", "\U0001f468\U0001f469"),
    ],
)
def test_every_model_reads_the_same_wording(written, read):
    assert plain(written) == read


PIECES = st.sampled_from(
    ["@someone", "[handle]", "[link]", "https://example.com/a", "www.example.com", "sooooo", "!!!!!!", "don’t", "“so”",
     "@@x", "ok ❤\ufe0f", "a@b", "😀😀😀😀😀", "[name]"]
)  # fmt: skip
# Escapes and joiners are kept out: what is escaped three times is read as escaped once, and again as plain.
WORDS = st.text(st.characters(exclude_characters="&[]\u200d\ufe0e\ufe0f", max_codepoint=0x1F000), max_size=8)


@given(st.lists(PIECES | WORDS, max_size=12).map(" ".join))
def test_what_is_plain_stays_as_it_is(text):
    once = plain(text)
    assert plain(once) == once
    assert "\n" not in once and "  " not in once
