-- Parent-company statements and interim periods are deliveries we did not ask for; the year-end consolidated statement is the firm-year.
{{ screen_rows(
    '(select *, year(period_end)::integer as year from ' ~ ref('stg_csmar_firm_years__financials') ~ ') as dated',
    ['stkcd', 'year'],
    [['parent_statement', "statement_type = 'B'"], ['interim_period', 'month(period_end) <> 12 or day(period_end) <> 31']],
) }}
