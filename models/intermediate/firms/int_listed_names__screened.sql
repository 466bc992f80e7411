{{ screen_rows(ref('stg_listed_basics__names'), ['stkcd', 'name', "coalesce(valid_from, date '1900-01-01')"]) }}
