-- Fails where a part of a key-technology list could not be parsed: its applications would be missing from the counts.
select * from {{ ref('int_ipc_rules') }} where level is null
