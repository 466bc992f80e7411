{{ screen_rows(with_city(ref('stg_listed_basics__firms'), 'registered_city'), ['stkcd']) }}
