"""What is cut from a message and what stays: quoted replies and signatures go, the customer's own words never."""

from __future__ import annotations

import time

import pytest

from vocpipe.replies import spoken, voice_of
from vocpipe.replies.markup import plain

# What is said, and what a mail program, a telephone or politeness put around it.
CUT = {
    "english": ("My bag is lost.\n\nOn Tue, Mar 3, 2026 at 9:41 AM Fjord <help@fjord.example> wrote:\n> Hello\n> ?",
                "My bag is lost."),
    "wrapped": ("My bag is lost.\n\nOn Tue, Mar 3, 2026 at 9:41 AM Fjord Air Support\n<help@fjord.example> wrote:\n"
                "\n> Hello", "My bag is lost."),
    "answer below": ("On Tue, Mar 3, 2026 at 9:41 AM Fjord <help@fjord.example> wrote:\n> Hello\n\nNo, still lost.",
                     "No, still lost."),
    "answers between": ("> Did you get the voucher?\nNo, never.\n> And the refund?\nNo.", "No, never.\nNo."),
    "quote without marks": ("Look.\n\nOn 03/03/2026 09:41, Jonas Lind wrote:\nold\nolder", "Look."),
    "outlook": ("Lost.\r\n\r\n________________________________\r\nFrom: Help <h@x.example>\r\nSent: March 3, 2026\r\n"
                "To: me\r\nSubject: Re: bag\r\n\r\nHello", "Lost."),
    "apple forward": ("See below.\n\nBegin forwarded message:\n\nFrom: Help\nSubject: bag\nDate: 3 March 2026\n\nHello",
                      "See below."),
    "original message": ("Broken.\n-----Original Message-----\nFrom: Help\nHello", "Broken."),
    "zendesk": ("Yes.\n\n##- Please type your reply above this line -##\nYour request was updated", "Yes."),
    "german": ("Kaputt.\n\nAm Di., 3. März 2026 um 09:41 Uhr schrieb Hilfe <h@x.example>:\n\n> Guten Tag", "Kaputt."),
    "german head": ("Kaputt.\n\nVon: Hilfe <h@x.example>\nGesendet: Montag, 2. März 2026 09:41\nAn: mich\n\nGuten Tag",
                    "Kaputt."),
    "french": ("Cassé.\n\nLe mar. 3 mars 2026 à 09:41, Aide <h@x.example> a écrit :\n> Bonjour", "Cassé."),
    "spanish": ("Roto.\n\nEl mar, 3 mar 2026 a las 9:41, Ayuda (<h@x.example>) escribió:\n> Hola", "Roto."),
    "italian": ("Rotto.\n\nIl giorno mar 3 mar 2026 alle ore 09:41 Aiuto <h@x.example> ha scritto:\n> Ciao", "Rotto."),
    "dutch": ("Kapot.\n\nOp di 3 mrt. 2026 om 09:41 schreef Hulp <h@x.example>:\n\n> Hallo", "Kapot."),
    "norwegian": ("Borte.\n\ntir. 3. mar. 2026 kl. 09:41 skrev Hjelp <h@x.example>:\n> Hei", "Borte."),
    "dashes": ("Late.\n-- \nJonas Lind\nNordic Wood", "Late."),
    "closing": ("Late.\n\nBest regards,\nJonas Lind\nManager, Nordic Wood AS\n+47 55 50 10 10", "Late."),
    "closing in a line": ("Late.\n\nRegards Jonas Lind", "Late."),
    "german closing": ("Spät.\n\nMit freundlichen Grüßen\nJonas Lind", "Spät."),
    "french closing": ("Tard.\nCordialement,\nJonas Lind", "Tard."),
    "spanish closing": ("Tarde.\nUn saludo,\nJonas", "Tarde."),
    "thanks stay": ("Late.\nThanks,\nJonas", "Late.\nThanks,"),
    "telephone": ("Late again.\n\nSent from my iPhone", "Late again."),
    "german telephone": ("Spät.\n\nVon meinem iPhone gesendet", "Spät."),
    "french telephone": ("Tard.\n\nEnvoyé de mon iPhone", "Tard."),
    "mail program": ("Late.\n\nGet Outlook for iOS<https://example.com/x>", "Late."),
    "closing, telephone and notice": (
        "Late.\n\nRegards,\nJonas\n\nSent from my iPad\n\nThis email is confidential and meant for the addressee only.",
        "Late."),
}  # fmt: skip

KEPT = {
    "one line": "I am stuck -- please help",
    "dashes in a sentence": "I am stuck -- please help\nIt fails",
    "list": "I want:\n- a refund\n- an apology\n- a call",
    "comparison": "> 3 hours late again\nShame on you",
    "form": "From: Oslo\nTo: Bergen\nDate: 3 March\nThe flight was cancelled",
    "agent quoted by the customer": "On 3 March at 9:30 your agent wrote:\nYou will get a refund.\nI never got it.",
    "colon at the end of a line": "On 3 March at 9:41 the pilot said:\nwait",
    "sentence about sending": "The parcel was\nsent from my office three weeks ago by mail and is lost.",
    "thanks, but": "Thanks, but\nit is still broken\nand I wait",
    "thanks and a complaint": "Thanks\nstill waiting for my money",
    "best": "Best flight ever\nRegards to the crew, they were great",
    "postscript": "Too late.\nRegards,\nJonas\nPS: the crew was great",
    "only a quote": "> all of it\n> is a quote",
    "only a signature": "Best regards,\nJonas",
    "only dashes first": "--\nJonas",
    "only a forwarded mail": "-----Original Message-----\nFrom: Help\nSent: today\nHello",
    "long text below dashes": "First.\n--\n" + "\n".join(f"This is line {n} of a long second part." for n in range(12)),
}


@pytest.mark.parametrize("name", CUT)
def test_quotes_and_signatures_are_cut(name):
    text, said = CUT[name]
    assert spoken(text) == said


@pytest.mark.parametrize("name", KEPT)
def test_the_customers_own_words_stay(name):
    assert spoken(KEPT[name]) == KEPT[name]


def test_a_cut_text_is_not_cut_any_further():
    assert [spoken(said) for _, said in CUT.values()] == [said for _, said in CUT.values()]


def test_html_becomes_text_a_line_a_block():
    page = "<style>p{}</style><p>My bag&nbsp;is &lt;lost&gt; &amp; gone.<br>Help!</p><!-- x --><ul><li>a<li>b</ul>"
    assert plain(page).split() == "My bag is <lost> & gone. Help! a b".split()
    assert plain(page).startswith("My bag is <lost> & gone.\nHelp!")


def test_what_html_quotes_or_signs_is_cut():
    page = "<p>Gone.</p><div class='gmail_signature'>Jonas</div><blockquote><p>Old</p><p>Older</p></blockquote>"
    assert spoken(plain(page)) == "Gone."


ODD = {"1 < 2 and 3 > 1": "1 < 2 and 3 > 1", "a <b": "a <b", "<!-- open": "open", "<": "<", "<p": "<p", "&amp": "&",
       "<script>only</script>": "only", "</div>x": "x", "a<br/>b": "a\nb"}  # fmt: skip


@pytest.mark.parametrize("page", ODD)
def test_odd_html_loses_no_words(page):
    assert plain(page) == ODD[page]


def test_the_first_key_with_words_is_the_voice():
    assert voice_of({"body": " ", "html_body": "<p>Hi&excl;</p>"}, ("body",), ("html_body",)) == "Hi!"
    assert voice_of({"body": None, "html_body": 7}, ("body",), ("html_body",)) is None


HOSTILE = ("On 3 a@b " * 20_000 + "\n" + ">\n" * 50_000, "From: x\n" * 30_000, "<a" * 100_000, "<!--" * 100_000,
           "Thanks,\n" * 30_000, "--\n" * 30_000, "<div>" * 50_000,
           "On 3 Mar 09:41 " + "x" * 250 + "\n:" * 30_000)  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_no_text_takes_long(text):
    start = time.perf_counter()
    spoken(text)
    plain(text)
    assert time.perf_counter() - start < 5  # a rule that looks back over and over would take hours
