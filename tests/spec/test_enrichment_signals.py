"""Effort, actionability and urgency over a made-up set of texts: what each is, and what looks like it and is not."""

import pytest

from vocpipe.enrichment import actionability, cues, effort, urgency

EFFORT = [
    ("I had to call four times before anyone picked up", "high"),
    ("been on hold for ninety minutes", "high"),
    ("Two hours on hold and then you hung up on me", "high"),
    ("I have been waiting on the phone for 45 minutes", "high"),
    ("They kept sending me round in circles between shop and warehouse", "high"),
    ("I was passed from one department to another", "high"),
    ("Transferred five times and nobody could help", "high"),
    ("I sent three emails and got no reply", "high"),
    ("It is impossible to reach a human", "high"),
    ("Nobody picks up the phone", "high"),
    ("What a hassle to change a date", "high"),
    ("I had to explain everything again and again", "high"),
    ("Tried calling but could not get through", "high"),
    ("This is my third time asking for the invoice", "high"),
    ("Had to fill out the same form twice", "high"),
    ("I keep having to chase you for an answer", "high"),
    ("Returning the shoes was easy", "low"),
    ("So simple to use", "low"),
    ("Sorted it out in one call", "low"),
    ("Effortless check-in", "low"),
    ("Hassle-free return, thank you", "low"),
    ("Quick and easy, no waiting", "low"),
    ("The agent resolved it right away", "low"),
    ("Seamless from start to end", "low"),
    ("Without any hassle", "low"),
    ("It was not easy to find the gate", "none"),
    ("It should be easy to cancel, why is it not", "none"),
    ("Our flight was two hours late", "none"),
    ("A smooth landing in heavy wind", "none"),
    ("I have flown with you ten times", "none"),
    ("Your band played three times this year", "none"),
    ("The hotel was easily the best of the trip", "none"),
    ("A simple question: do you fly to Oslo?", "none"),
    ("The crew worked so hard for us", "none"),
    ("The money was transferred on Monday", "none"),
    ("I put my order on hold until Friday", "none"),
    ("We stayed three nights", "none"),
    ("The soup was cold", "none"),
]

ACTIONABILITY = [
    ("Where is my parcel?", "needs_response"),
    ("Can someone please call me", "needs_response"),
    ("I want a refund", "needs_response"),
    ("My card was charged twice", "needs_response"),
    ("The app crashes whenever I open it", "needs_response"),
    ("I still have not received my order", "needs_response"),
    ("How do I change my seat", "needs_response"),
    ("Still waiting for the voucher you promised", "needs_response"),
    ("Thanks, but the invoice is missing", "needs_response"),
    ("I can't log in", "needs_response"),
    ("Please help, my bag never arrived", "needs_response"),
    ("Is the lounge open on Sundays?", "needs_response"),
    ("unable to check in online", "needs_response"),
    ("Any update on case 4471?", "needs_response"),
    ("DM me about my booking", "needs_response"),
    ("You should offer a vegan meal", "suggestion"),
    ("It would be great if the site kept my basket", "suggestion"),
    ("I suggest longer opening hours", "suggestion"),
    ("Please add a dark mode", "suggestion"),
    ("Why not add more trains in the evening?", "suggestion"),
    ("I wish you had more sizes", "suggestion"),
    ("Bring back the old menu", "suggestion"),
    ("The signs need improvement", "suggestion"),
    ("Thank you so much!", "praise"),
    ("Lovely crew and a great meal", "praise"),
    ("Kudos to Ambrose at desk four", "praise"),
    ("Best bank ever", "praise"),
    ("👏👏", "praise"),
    ("The staff were friendly and helpful", "praise"),
    ("Can't wait to fly with you again, you rock", "praise"),
    ("Great service, no problems at all", "praise"),
    ("n/a", "not_meaningful"),
    ("N.A.", "not_meaningful"),
    ("none", "not_meaningful"),
    ("No comment.", "not_meaningful"),
    ("asdf asdf", "not_meaningful"),
    ("qwertyuiop", "not_meaningful"),
    ("xxxx", "not_meaningful"),
    ("sdkjfhskdjf", "not_meaningful"),
    ("...", "not_meaningful"),
    ("[handle] https://pics.example/1", "not_meaningful"),
    ("We flew from Oslo to Rome on Tuesday", "none"),
    ("Worst airline ever", "none"),
    ("Thanks for nothing", "none"),
    ("Not great, not friendly", "none"),
    ("You should be ashamed", "none"),
    ("The seat was blue", "none"),
    ("Good food but a rude waiter and dirty tables", "none"),
]

URGENCY = [
    ("The battery caught fire on my desk", {"safety"}),
    ("Smoke coming from the oven you sold me", {"safety"}),
    ("The brakes are unsafe", {"safety"}),
    ("My son was injured by the broken seat", {"safety"}),
    ("I got an electric shock from the kettle", {"safety"}),
    ("Food poisoning after the dinner on board", {"safety"}),
    ("The driver threatened me", {"safety"}),
    ("A loose step is a safety hazard", {"safety"}),
    ("My insulin is in the lost bag", {"safety"}),
    ("We had an emergency landing", {"safety"}),
    ("Nobody was injured", set()),
    ("We felt safe the whole way", set()),
    ("The safety video is funny", set()),
    ("The Fire TV stick works", set()),
    ("Your support team is on fire today", set()),
    ("I sat in the emergency exit row", set()),
    ("You'll hear from my lawyer", {"legal"}),
    ("I am going to sue you", {"legal"}),
    ("We will take legal action", {"legal"}),
    ("See you in court", {"legal"}),
    ("I filed a complaint with the ombudsman", {"legal"}),
    ("This is illegal under consumer law", {"legal"}),
    ("small claims it is, then", {"legal"}),
    ("You are in violation of the Consumer Rights Act", {"legal"}),
    ("I reported you to the CFPB", {"legal"}),
    ("Sue at gate 12 was wonderful", set()),
    ("Thanks to Sue and Ambrose", set()),
    ("The food court was full", set()),
    ("I am a lawyer and travel a lot", set()),
    ("I would never sue over a cold coffee", set()),
    ("Do not judge me", set()),
    ("Stranded in Quillport with two children", {"stranded"}),
    ("We are stuck at the airport overnight", {"stranded"}),
    ("I have been stuck here for 13 hours", {"stranded"}),
    ("No hotel, so we slept on the floor", {"stranded"}),
    ("There is no way to get home tonight", {"stranded"}),
    ("They left us at the station with no money", {"stranded"}),
    ("My account is blocked and I can't pay my rent", {"stranded"}),
    ("I can't access my money", {"stranded"}),
    ("stuck on hold", set()),
    ("stuck with a middle seat", set()),
    ("The page is stuck loading", set()),
    ("That song is stuck in my head", set()),
    ("The strands of the rug came loose", set()),
    ("A hotel near the station would be nice", set()),
    ("I will never fly with you again", {"leaving"}),
    ("This is the last time I book with you", {"leaving"}),
    ("I'm switching to another bank", {"leaving"}),
    ("Taking my business elsewhere", {"leaving"}),
    ("You just lost a customer", {"leaving"}),
    ("Please close my account", {"leaving"}),
    ("Cancel my subscription", {"leaving"}),
    ("Never again!", {"leaving"}),
    ("We won't be using you again", {"leaving"}),
    ("I'm done with you", {"leaving"}),
    ("Leaving the airport took an hour", set()),
    ("We are leaving for Rome tomorrow", set()),
    ("Cancel my flight please", set()),
    ("Last time I checked it was open", set()),
    ("Can I switch seats?", set()),
    ("You closed my account without asking", set()),
    ("I have never booked with you", set()),
    ("I'll never forget this crew", set()),
    ("So glad I switched to you", set()),
    ("Never flying with you again and my lawyer will call", {"legal", "leaving"}),
    ("We are stranded here and my father fainted", {"safety", "stranded"}),
]


def wrong(classifier, cases):
    found = classifier.predict([text for text, _ in cases])
    return [(text, wanted, got) for (text, wanted), got in zip(cases, found, strict=True) if wanted != got]


def test_the_set_is_large_enough_to_mean_something():
    assert len(EFFORT) + len(ACTIONABILITY) + len(URGENCY) >= 120


def test_effort():
    assert wrong(effort.EffortClassifier(), EFFORT) == []


def test_actionability():
    assert wrong(actionability.ActionabilityClassifier(), ACTIONABILITY) == []


def test_urgency():
    found = urgency.UrgencyClassifier().annotate([text for text, _ in URGENCY])
    said = [{annotation.label for annotation in one} - {None} for one in found]
    missed = [(text, want, got) for (text, want), got in zip(URGENCY, said, strict=True) if want != got]
    assert missed == []


def test_the_gravest_kind_comes_first_with_its_own_words():
    text = "Never flying with you again. My lawyer will call, the seat caught fire."
    [found] = urgency.UrgencyClassifier().annotate([text])
    assert [annotation.label for annotation in found] == ["safety", "legal", "leaving"]
    assert [annotation.score for annotation in found] == [1.0, 0.8, 0.5]
    assert [annotation.evidence for annotation in found] == ["caught fire", "lawyer", "Never flying"]


def test_effort_grows_with_each_kind_of_cue_and_stays_within_its_ends():
    classifier = effort.EffortClassifier()
    parts = [
        "On hold for an hour.",
        "Transferred.",
        "What a hassle.",
        "No reply.",
        "I called three times.",
        "In circles.",
    ]
    scores = [classifier.annotate([" ".join(parts[:n])])[0][0].score for n in range(1, len(parts) + 1)]
    assert scores == sorted(set(scores))
    assert 0 < scores[0] < scores[-1] < 1
    [[easy]] = classifier.annotate(["Easy, quick and easy, no hassle, fixed in minutes."])
    assert -1 < easy.score < 0


def test_explain_names_every_cue_that_counted():
    said = effort.EffortClassifier().explain("I was on hold and then transferred, but the form was easy.")
    assert [(a.label, a.evidence) for a in said[1:]] == [("high", "on hold"), ("high", "transferred"), ("low", "easy")]


@pytest.mark.parametrize("text", ["not unsafe", "wasn’t unsafe", "nobody called it unsafe", "it never felt unsafe"])
def test_a_negated_cue_does_not_count(text):
    assert urgency.UrgencyClassifier().predict([text]) == ["none"]


def test_a_mark_ends_what_a_negation_reaches():
    assert urgency.UrgencyClassifier().predict(["No, it is unsafe", "Why not. The ride is unsafe"]) == ["safety"] * 2


@pytest.mark.parametrize("name", ["effort", "urgency", "actionability"])
def test_every_table_of_cues_can_be_found(name):
    """A cue that can never count is a line that misleads: each table has words of letters and digits only."""
    search = cues.CueSearch(f"{name}.toml")
    assert search.cues
    for cue in search.cues:
        assert cue.words == tuple(dict.fromkeys(cue.words)), "a word stands twice"
        for word in cue.words:
            assert all(part.removesuffix("*").replace("'", "").isalnum() for part in word.split()), word
