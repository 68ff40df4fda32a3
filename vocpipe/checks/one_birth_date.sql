-- fail: no customer joins two persons with different birth dates
select links.customer_id
from identity.links as links
inner join staging.persons as persons on links.source = persons.source and links.record_id = persons.record_id
where persons.birth_on is not null
group by links.customer_id
having count(distinct persons.birth_on) > 1
