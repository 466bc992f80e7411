-- Look-up of registered names: the enterprise where a name belongs to exactly one, null where it is ambiguous.
{{ unique_names(ref('int_enterprise_names__listed'), 'registration_id') }}
