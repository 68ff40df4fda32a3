-- fail: every order in force arrives in marts.orders, once
select orders.source, orders.order_id
from staging.orders as orders
left join marts.orders as arrived on orders.source = arrived.source and orders.order_id = arrived.order_id
group by orders.source, orders.order_id
having count(arrived.order_id) <> 1
