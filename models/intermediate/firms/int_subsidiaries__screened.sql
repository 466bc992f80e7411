{{ screen_rows(ref('stg_listed_basics__subsidiaries'), ['stkcd', 'year', 'subsidiary_name']) }}
