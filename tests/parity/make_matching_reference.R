# Write tests/parity/reference/r_matching.json: nearest-neighbour matching by R Matching 4.10 on the women of Mroz. Run from
# the root of the project:
#   Rscript tests/parity/make_matching_reference.R
# Debian packages: r-cran-matching r-cran-jsonlite. Points only: its errors are Abadie and Imbens', ours are psmatch2's.
suppressMessages({library(Matching); library(jsonlite)})
d <- read.csv("tests/parity/data/mroz.csv")
score <- fitted(glm(city ~ age + education + fincome + experience, binomial, d))
case <- function(name, options, ...) {
  m <- Match(Y = d$hours, Tr = d$city, X = score, estimand = "ATT", ties = FALSE, distance.tolerance = 0, ...)
  balance <- MatchBalance(city ~ age + fincome, data = d, match.out = m, print.level = 0)
  list(name = name, data = "mroz.csv",
       specification = list(estimator = "matching", formula = "hours ~ age + education + fincome + experience",
                            options = c(list(treatment = "city"), options)),
       coefficients = list(ATT = list(estimate = unname(m$est[1, 1]))),
       statistics = list(n_treated_matched = length(unique(m$index.treated)), n_controls_used = length(unique(m$index.control)),
                         smd_before.age = balance$BeforeMatching[[1]]$sdiff / 100, smd_before.fincome = balance$BeforeMatching[[2]]$sdiff / 100),
       source = "R Matching 4.10", tolerance = 1e-6)
}
cases <- list(
  case("with replacement", list(replacement = TRUE)),
  case("three neighbours", list(neighbours = 3), M = 3),
  case("caliper of a twentieth of a deviation", list(caliper = 0.05, caliper_scale = "sd"), caliper = 0.05),
  case("without replacement, in the order of the data", list(replacement = FALSE, order = "data"), replace = FALSE)
)
write(toJSON(cases, auto_unbox = TRUE, digits = NA, pretty = TRUE), "tests/parity/reference/r_matching.json")
