-- The usable identifiers of persons' records in their normal form: trimmed account ids, folded e-mails without tags,
-- E.164 phone numbers, folded handles without @.
-- One row per source, record, identifier type and identifier.
with

spellings as (

    select * from fresh_spellings where reason is null

)

select
    source as source,  -- The source that the record came from.
    record_id as record_id,  -- The source's own id of the person's record.
    identifier_type as identifier_type,  -- account_id, email, phone, handle or birth.
    identifier as identifier,  -- The normal form.
    identifier_type = 'email' and regexp_matches(
        identifier,
        '^(no[._-]?reply|do[._-]?not[._-]?reply|info|support|team|office|family|familie|famille|familia|admin'
        || '|administrator|contact|kontakt|contacto|sales|service|services|customerservice|customer[._-]service|help'
        || '|helpdesk|hello|mail|email|post|webmaster|postmaster|hostmaster|reception|billing|invoice|invoices|accounts'
        || '|accounting|booking|bookings|reservation|reservations|orders|travel|hr|jobs|marketing|press|privacy'
        || '|enquiries|inquiries|secretary|secretariat|sekretariat|buero|all|everyone)([._-][^@]*)?[0-9]*@'
    ) as is_role,  -- True for a mailbox of a role, a team or a family: it links nobody by itself.
from spellings
