{{ screen_rows(ref('stg_annual_reports__word_counts'), ['stkcd', 'year', 'word_group', 'word'], [['negative_amount', 'word_count < 0']]) }}
