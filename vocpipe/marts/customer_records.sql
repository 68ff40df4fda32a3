-- Which record of which system belongs to which customer, and why. One row per linked record.
select * from facts.customer_records
