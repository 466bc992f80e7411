{{ split_applicants(
    '(select application_no, applicants from ' ~ ref('int_patents__screened') ~ ' where drop_reason is null) as kept',
    'application_no',
    'applicants',
) }}
