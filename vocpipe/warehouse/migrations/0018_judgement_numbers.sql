-- Judgements are numbered in the order of what they say, so that two runs number them alike.
drop sequence identity.next_judgement_id;
