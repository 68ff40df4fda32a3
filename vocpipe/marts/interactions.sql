-- Every turn of a customer on every channel, with the person, the redacted text and what it says.
-- One row per customer turn.
select * from facts.interactions
