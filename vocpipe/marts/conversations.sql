-- Support tickets with how they went and how the customer felt. One row per ticket.
select * from facts.conversations
