-- Orders with their customer. One row per order.
select * from facts.orders
