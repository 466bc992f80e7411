{{ screen_rows(with_province(ref('stg_cnrds_firm_years__firm_years')), ['stkcd', 'year']) }}
