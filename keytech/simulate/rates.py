"""Every rate of the synthetic economy's defects, in one place: shares of rows unless a name says otherwise."""

from __future__ import annotations

RATES = {
    # text of applicants, per applicant string
    "applicant_full_width": 0.010,
    "applicant_brackets": 0.15,
    "applicant_stray_space": 0.010,
    "applicant_traditional": 0.008,
    "applicant_legal_variant": 0.015,
    "applicant_former_name": 0.06,
    # patents, per application
    "separator_full_width_semicolon": 0.15,
    "separator_enumeration_comma": 0.05,
    "ipc_blank": 0.10,
    "ipc_padded": 0.03,
    "ipc_lower": 0.005,
    "number_prefix": 0.05,
    "patent_duplicate": 0.004,
    "patent_near_duplicate": 0.003,
    "patent_impossible_date": 0.0003,
    "patent_malformed_number": 0.0002,
    "patent_without_ipc": 0.0005,
    # listed firms
    "city_without_suffix": 0.08,
    "city_former_name": 0.5,
    "city_stray_space": 0.004,
    "province_short": 0.10,
    "name_brackets": 0.05,
    "credit_code_missing": 0.03,
    "credit_code_malformed": 0.005,
    "firm_year_duplicate": 0.003,
    "firm_year_textual_amount": 0.0004,
    "firm_year_negative_assets": 0.0004,
    "unit_name_variant": 0.10,
    "subsidy_negative": 0.002,
}
