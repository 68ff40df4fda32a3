"""How mails say, in several languages, that a quote or a signature follows: the words and what is made of them."""

from __future__ import annotations

import re

CLOSINGS = """best regards|kind regards|kindest regards|warm regards|warmest regards|with kind regards
    |many regards|regards|best wishes|all the best|yours sincerely|sincerely yours|sincerely|yours faithfully
    |yours truly|respectfully|cheers|mit freundlichen grüßen|mit freundlichen grüssen|mit freundlichem gruß
    |mit freundlichem gruss|mit besten grüßen|freundliche grüße|freundliche grüsse|viele grüße|viele grüsse
    |liebe grüße|liebe grüsse|beste grüße|beste grüsse|schöne grüße|herzliche grüße|grüße|gruß|mfg|lg|vg
    |hochachtungsvoll|bien cordialement|très cordialement|cordialement|bien à vous|sincères salutations
    |meilleures salutations|salutations|saludos cordiales|un cordial saludo|un saludo|saludos|atentamente
    |cordialmente|atenciosamente|com os melhores cumprimentos|cordiali saluti|distinti saluti|un saluto|saluti
    |met vriendelijke groeten|met vriendelijke groet|vriendelijke groeten|hartelijke groeten|groeten|groetjes
    |mvg|med vennlig hilsen|vennlig hilsen|med venlig hilsen|venlig hilsen|hilsen|mvh|med vänliga hälsningar
    |vänliga hälsningar|hälsningar|z poważaniem|pozdrawiam|s pozdravem|ystävällisin terveisin|terveisin"""
# Thanks are part of what was said: the line stays, only the name below it goes.
THANKS = """thanks|thank you|thanks a lot|thank you very much|many thanks|thanks in advance|thank you in advance
    |thanks and regards|danke|danke schön|vielen dank|besten dank|danke im voraus|merci|merci beaucoup
    |merci d'avance|gracias|muchas gracias|grazie|grazie mille|bedankt|dank je|dank u|tack|tack så mycket|takk
    |på forhånd takk|tak|på forhånd tak|obrigado|obrigada|dziękuję|děkuji|kiitos"""
DEVICES = """sent from|sent via|sent with|get outlook|gesendet von|gesendet mit|von meinem|von meiner|envoyé de
    |envoyé depuis|envoyé à partir|enviado desde|enviado do|enviado a partir|inviato da|verzonden vanaf
    |verstuurd vanaf|skickat från|sendt fra|wysłane z|wysłano z|odesláno z|lähetetty|télécharger outlook
    |obtener outlook|outlook für"""
DIVIDERS = """original message|original appointment|reply message|ursprüngliche nachricht|originalnachricht
    |message d.origine|message original|mensaje original|mensagem original|messaggio originale
    |oorspronkelijk bericht|ursprungligt meddelande|originalmeddelande|opprinnelig melding|oprindelig meddelelse
    |wiadomość oryginalna|oryginalna wiadomość|původní zpráva|alkuperäinen viesti|forwarded message
    |weitergeleitete nachricht|message transféré|mensaje reenviado|messaggio inoltrato|doorgestuurd bericht
    |vidarebefordrat meddelande|videresendt melding|videresendt meddelelse"""
FROM = "from|von|de|da|van|från|fra|od|lähettäjä"
SENT = """sent|gesendet|envoyé|enviado|enviada|enviado el|enviada em|inviato|verzonden|skickat|sendt|wysłano|odesláno
    |lähetetty"""
DATE = "date|datum|fecha|data|dato|päivämäärä"
SUBJECT = "subject|betreff|objet|asunto|assunto|oggetto|onderwerp|ämne|emne|temat|předmět|aihe"
# Who wrote stands before these words, or behind them.
WROTE = """wrote|writes|a écrit|escribió|ha scritto|escreveu|napisał\\(a\\)|napisał|napisała|napsal\\(a\\)|napsal
    |kirjoitti|написал|пишет|írta|a scris|yazdı"""
WROTE_WHO = "schrieb|schreef|skrev"
# What is under the name is a programme's or a telephone's, where one of these is named.
MACHINES = """iphone|ipad|ios|android|galaxy|samsung|huawei|xiaomi|pixel|nokia|oneplus|blackberry|mobil\\w*|móvil|handy
    |smartphone|phone|téléphone|tablet|outlook|\\w*mail|yahoo|windows|device|gerät"""
NOTICES = """this e-?mail|this message|this communication|the information|the contents?|confidential\\w*|disclaimer
    |diese e-?mail|diese nachricht|der inhalt|ce message|ce courriel|ce mail|cet e-?mail|este mensaje|este correo
    |este e-?mail|questo messaggio|dit bericht"""


def one_of(words: str) -> str:
    """The words of one of the lists above as an alternation, the longest first."""
    found = [word.strip() for word in words.split("|")]
    return "|".join(sorted(found, key=len, reverse=True))


def first_words(*lists: str) -> frozenset[str]:
    """The first word of every phrase: cheap to look for."""
    return frozenset(FIRST.findall("\n" + "\n".join(word.strip() for words in lists for word in words.split("|"))))


# The first word of each line of a text in lower case.
FIRST = re.compile(r"\n[\W_]{0,3}(\w+)")
OPENERS = first_words(CLOSINGS, THANKS, DEVICES, "best")
MARKED = OPENERS | frozenset([*FROM.split("|"), "begin"])

# A cheap look decides whether a text is gone through at all; most texts hold no mark.
SIGNS = re.compile(r"\n[ \t*]*(?:[>#]|[-_=—]{2})|\n—\n|[:：][ \t]*\n|onfident|ertraulich|onfidenci|riservat")
CONFIDENTIAL = re.compile(r"onfident|ertraulich|onfidenci|riservat")

DIVIDER = re.compile(
    rf"[-_=* ]{{2,}}(?:{one_of(DIVIDERS)})[-_=* :]{{2,}}|##-.*-##|begin forwarded message:", flags=re.IGNORECASE
)
FROM_LINE = re.compile(rf"\W{{0,3}}(?:{FROM})[ *]*:.*\S.*", flags=re.IGNORECASE)
SENT_LINE = re.compile(rf"\W{{0,3}}(?:{one_of(SENT)})[ *]*:.*", flags=re.IGNORECASE)
DATE_LINE = re.compile(rf"\W{{0,3}}(?:{DATE})[ *]*:.*", flags=re.IGNORECASE)
SUBJECT_LINE = re.compile(rf"\W{{0,3}}(?:{SUBJECT})[ *]*:.*", flags=re.IGNORECASE)

# "On Tue, 3 Mar 2026 at 09:41, X <x@…> wrote:": a day first, a clock or an address, then a name, who wrote, a colon.
# "On 3 March at 9:30 your agent wrote:" is a customer's own sentence: an agent is no name.
DAY = re.compile(
    r"[*\s]*(?:on|am|le|el|il|op|em|den|dne|dnia|w dniu|no dia|于|在)\b|[*\s]*\w{2,9}\.?,? (?:den )?\d|\d{1,4}[./年 -]",
    flags=re.IGNORECASE,
)
WHO = re.compile(
    rf"(?:(?<=\s)[A-ZÀ-Ž\"'<(\[]\S*|[>)\]\"'])[\s,]+(?i:{one_of(WROTE)})\s*[:：]\**$"
    rf"|\b(?i:{WROTE_WHO})\s+(?:.*@.*|[A-ZÀ-Ž\"'][^.!?]{{0,80}})[:：]\**$"
    r"|(?:写道|写到)[:：]$|<\S+@\S+>\s*[:：]$"
)
CLOCK = re.compile(r"\d{1,2}[:.h]\d\d|\S@\S")
NAMED = re.compile(rf".{{0,80}}<\S+@\S+> (?:{one_of(WROTE)}|{WROTE_WHO})\b.{{0,80}}:$", flags=re.IGNORECASE)
LONGEST = 300  # characters of such a line, wrapped over at most three

DASHES = re.compile(r"--|__|—")
CLOSING = re.compile(rf"(?:{one_of(CLOSINGS)}|best,)[\s,.!;:-]*", flags=re.IGNORECASE)
SIGNED = re.compile(rf"(?i:{one_of(CLOSINGS)})[\s,.!-]+(?P<name>[A-ZÀ-Ž].*)")
THANKING = re.compile(rf"(?:{one_of(THANKS)})[\s,.!-]*", flags=re.IGNORECASE)
# What a program adds begins with a capital, unlike the rest of a sentence that was wrapped.
DEVICE = re.compile(
    rf"[\W_]{{0,3}}(?=[A-ZÀ-Ž])(?i:(?:{one_of(DEVICES)})\b.{{0,25}}?\b(?:{one_of(MACHINES)})\b[^.!?<]{{0,30}}[.!]?"
    r"|von meinem \w+ gesendet\.?)(?:\s*<\S+>)?"
)
NOTICE = re.compile(rf"\W{{0,3}}(?:{one_of(NOTICES)})", flags=re.IGNORECASE)
CONTACT = re.compile(r"https?://|www\.|\S@\S+\.\w|\+?\d[\d\s()/.-]{6,}", flags=re.IGNORECASE)
PARTICLES = frozenset("de da do di du del der den van von af av la le el y i e und and &".split())
POSTSCRIPT = re.compile(r"p\.?\s?s\b", flags=re.IGNORECASE)
