# Write tests/parity/{data,reference}: results of R 4.2 (AER, sandwich, MASS, VGAM). Run from the root of the project:
#   Rscript tests/parity/make_r_reference.R
# Debian packages: r-base-core r-cran-aer r-cran-sandwich r-cran-vgam r-cran-jsonlite r-cran-lme4 r-cran-pscl r-cran-ordinal r-cran-numderiv
suppressMessages({library(AER); library(sandwich); library(MASS); library(VGAM); library(jsonlite)})
here <- "tests/parity"
save_data <- function(d, name) write.csv(d, file.path(here, "data", name), row.names = FALSE)
rows <- function(b, se, names, df = Inf, level = .95) {
  q <- if (is.finite(df)) qt(.5 + level / 2, df) else qnorm(.5 + level / 2)
  p <- if (is.finite(df)) 2 * pt(-abs(b / se), df) else 2 * pnorm(-abs(b / se))
  out <- lapply(seq_along(b), function(i) list(estimate = b[[i]], std_error = se[[i]], statistic = b[[i]] / se[[i]],
    p_value = p[[i]], ci_low = b[[i]] - q * se[[i]], ci_high = b[[i]] + q * se[[i]]))
  setNames(out, names)
}
case <- function(name, data, spec, coefficients, statistics, source, tolerance = 1e-6)
  list(name = name, data = data, specification = spec, coefficients = coefficients, statistics = statistics,
       source = source, tolerance = tolerance)
store <- function(cases, name) write(toJSON(cases, auto_unbox = TRUE, digits = NA, pretty = TRUE, null = "null"),
                                     file.path(here, "reference", paste0(name, ".json")))
hc0 <- function(X, e, w = rep(1, nrow(X)), g = NULL) {
  s <- X * (e * w); if (!is.null(g)) s <- rowsum(s, g)
  A <- solve(crossprod(X, X * w)); A %*% crossprod(s) %*% A
}

# ---- least squares: US traffic fatalities, absorbed effects, singletons, weights -----------------------------------
data(Fatalities)
f <- Fatalities
f <- data.frame(state = as.character(f$state), year = as.integer(as.character(f$year)), rate = f$fatal / f$pop * 1e4,
  beertax = f$beertax, miles = f$miles / 1000, unemp = f$unemp, pop = f$pop / 1e6, fatal = f$fatal, jail = as.integer(f$jail == "yes"),
  spirits = f$spirits, income = f$income / 1000)
f <- f[!(f$state == "az" & f$year > 1982) & !(f$state %in% c("ca", "tx") & f$year %% 2 == 0), ]   # unbalanced, az alone
f$region <- substr(f$state, 1, 1)
save_data(f, "fatalities.csv")
ols <- list()
d <- f[f$state != "az" & !is.na(f$jail), ]
for (w in c("none", "pop")) for (kind in c("iid", "hetero", "state", "twoway")) {
  wt <- if (w == "none") rep(1, nrow(d)) else d$pop / mean(d$pop)
  full <- lm(rate ~ beertax + unemp + miles + factor(state) + factor(year), data = d, weights = wt)
  demean <- function(v) residuals(lm(v ~ factor(d$state) + factor(d$year), weights = wt))
  X <- cbind(beertax = demean(d$beertax), unemp = demean(d$unemp), miles = demean(d$miles)); e <- residuals(full)
  n <- nrow(d); k <- 3; S <- length(unique(d$state)); Y <- length(unique(d$year)); a <- S + Y - 1
  if (kind == "iid") { V <- solve(crossprod(X, X * wt)) * sum(wt * e^2) / (n - k - a); df <- n - k - a }
  if (kind == "hetero") { V <- hc0(X, e, wt) * n / (n - k - a); df <- n - k - a }
  if (kind == "state") { V <- hc0(X, e, wt, d$state) * (n - 1) / (n - k - (Y - 1) - 1) * S / (S - 1); df <- S - 1 }
  if (kind == "twoway") {  # both effects are nested in a cluster
    V <- hc0(X, e, wt, d$state) + hc0(X, e, wt, d$year) - hc0(X, e, wt, paste(d$state, d$year))
    m <- eigen(V); V <- m$vectors %*% diag(pmax(m$values, 0)) %*% t(m$vectors)
    G <- min(S, Y); V <- V * (n - 1) / (n - k - 1) * G / (G - 1); df <- G - 1 }
  b <- coef(full)[c("beertax", "unemp", "miles")]
  vcov <- switch(kind, iid = "iid", hetero = "hetero", state = list(cluster = list("state")), twoway = list(cluster = list("state", "year")))
  spec <- list(estimator = "ols", formula = "rate ~ beertax + unemp + miles | state + year", vcov = vcov, sample = "jail is not null")
  if (w != "none") spec$weights <- "pop"
  rss <- sum(wt * e^2); tss <- sum(wt * (d$rate - weighted.mean(d$rate, wt))^2); wss <- sum(wt * demean(d$rate)^2)
  left <- n - k - a - (kind == "twoway")  # reghdfe: every level of every nested effect
  ll <- function(ss) -n / 2 * (1 + log(2 * pi) + log(ss / n))
  statistics <- list(n_obs = n, r2 = 1 - rss / tss, adj_r2 = 1 - rss / left / (tss / (n - 1)), r2_within = 1 - rss / wss,
    rmse = sqrt(rss / left), singletons = 1, log_lik = ll(rss), log_lik_null = ll(wss))
  ols[[length(ols) + 1]] <- case(paste("fatalities", kind, w), "fatalities.csv", spec, rows(b, sqrt(diag(V)), names(b), df),
    statistics, "R lm with dummies; sandwich by hand with reghdfe's factors")
}
full <- lm(rate ~ beertax + unemp + factor(state) + factor(year), data = d)
se <- sqrt(diag(vcovCL(full, cluster = ~state, type = "HC1")))[2:3]
ols[[length(ols) + 1]] <- case("fatalities sandwich vcovCL", "fatalities.csv", list(estimator = "ols",
  formula = "rate ~ beertax + unemp + factor(state) + factor(year)", vcov = list(cluster = list("state")), sample = "jail is not null and state <> 'az'"),
  rows(coef(full)[2:3], se, names(se), length(unique(d$state)) - 1), list(log_lik = as.numeric(logLik(full)), aic = AIC(full) - 2), 
  "R lm, sandwich::vcovCL(type = HC1)")
store(ols, "r_ols")

# ---- instruments: cigarette demand -------------------------------------------------------------------------------
data(CigarettesSW)
cig <- transform(CigarettesSW, rprice = price / cpi, rincome = income / population / cpi / 1000, tdiff = (taxs - tax) / cpi, rtax = tax / cpi)
cig <- data.frame(state = as.character(cig$state), year = as.integer(as.character(cig$year)), packs = cig$packs, rprice = cig$rprice,
  rincome = cig$rincome, tdiff = cig$tdiff, rtax = cig$rtax, population = cig$population / 1e6)
save_data(cig, "cigarettes.csv")
iv <- list()
m <- ivreg(log(packs) ~ log(rprice) + log(rincome) | log(rincome) + tdiff + rtax, data = cig)
diagnostics <- summary(m, diagnostics = TRUE)$diagnostics
n <- nrow(cig)
iv[[1]] <- case("cigarettes iid", "cigarettes.csv", list(estimator = "iv", formula = "log(packs) ~ log(rincome) | log(rprice) ~ tdiff + rtax"),
  rows(coef(m)[c(2, 3, 1)], sqrt(diag(vcov(m)))[c(2, 3, 1)], c("log(rprice)", "log(rincome)", "(Intercept)"), n - 3),
  list(first_stage_f.PLACE = diagnostics["Weak instruments", "statistic"], cragg_donald_f = diagnostics["Weak instruments", "statistic"],
       hansen_j = diagnostics["Sargan", "statistic"], hansen_j_p = diagnostics["Sargan", "p-value"], r2 = summary(m)$r.squared,
       adj_r2 = summary(m)$adj.r.squared, rmse = m$sigma), "R AER::ivreg, diagnostics = TRUE")
names(iv[[1]]$statistics)[1] <- "first_stage_f.log(rprice)"
V <- vcovHC(m, type = "HC1")
robust <- summary(m, diagnostics = TRUE, vcov. = function(x) vcovHC(x, type = "HC1"))$diagnostics
iv[[2]] <- case("cigarettes HC1", "cigarettes.csv", list(estimator = "iv", formula = "log(packs) ~ log(rincome) | log(rprice) ~ tdiff + rtax", vcov = "hetero"),
  rows(coef(m)[c(2, 3, 1)], sqrt(diag(V))[c(2, 3, 1)], c("log(rprice)", "log(rincome)", "(Intercept)"), n - 3),
  list(kp_rk_wald_f = robust["Weak instruments", "statistic"]), "R AER::ivreg, sandwich::vcovHC(type = HC1)")
w <- ivreg(log(packs) ~ log(rprice) + log(rincome) | log(rincome) + tdiff, data = cig, weights = population)
iv[[3]] <- case("cigarettes weighted", "cigarettes.csv", list(estimator = "iv", formula = "log(packs) ~ log(rincome) | log(rprice) ~ tdiff", weights = "population"),
  rows(coef(w)[c(2, 3, 1)], sqrt(diag(vcov(w)))[c(2, 3, 1)], c("log(rprice)", "log(rincome)", "(Intercept)"), n - 3),
  list(n_obs = n), "R AER::ivreg with weights")
# weak instruments by hand: effective F from the HC1 first stage, Anderson-Rubin F and the set that inverts it
first <- lm(log(rprice) ~ log(rincome) + tdiff + rtax, data = cig); at <- c("tdiff", "rtax")
net <- residuals(lm(cbind(tdiff, rtax) ~ log(rincome), data = cig)); Q <- crossprod(net); V1 <- vcovHC(first, type = "HC1")[at, at]
ar <- function(b) { r <- lm(log(packs) - b * log(rprice) ~ log(rincome) + tdiff + rtax, data = cig)
  g <- coef(r)[at]; as.numeric(g %*% solve(vcovHC(r, type = "HC1")[at, at], g)) / 2 }
critical <- qf(.95, 2, n - 4); middle <- coef(m)[["log(rprice)"]]
iv[[5]] <- case("cigarettes weak-instrument statistics", "cigarettes.csv", iv[[2]]$specification, setNames(list(), character()),
  list(effective_f = as.numeric(coef(first)[at] %*% Q %*% coef(first)[at]) / sum(diag(V1 %*% Q)), anderson_rubin_f = ar(0),
       anderson_rubin_p = pf(ar(0), 2, n - 4, lower.tail = FALSE),
       anderson_rubin_ci_low = uniroot(function(b) ar(b) - critical, c(middle - 2, middle), tol = 1e-14)$root,
       anderson_rubin_ci_high = uniroot(function(b) ar(b) - critical, c(middle, middle + 2), tol = 1e-14)$root),
  "R lm, sandwich::vcovHC(type = HC1), uniroot", 1e-6)
fe <- ivreg(log(packs) ~ log(rprice) + log(rincome) + factor(state) + factor(year) | log(rincome) + tdiff + rtax + factor(state) + factor(year), data = cig)
S <- length(unique(cig$state)); k <- 2; a <- S + 1
dm <- function(v) residuals(lm(v ~ factor(cig$state) + factor(cig$year)))
Z <- cbind(dm(cig$tdiff), dm(cig$rtax), dm(log(cig$rincome)))
Xh <- Z %*% solve(crossprod(Z), crossprod(Z, cbind(dm(log(cig$rprice)), dm(log(cig$rincome)))))
V <- hc0(Xh, residuals(fe), g = cig$state) * (n - 1) / (n - k - 1) * S / (S - 1)   # ivreghdfe: year counts 1, state nothing
iv[[4]] <- case("cigarettes ivreghdfe cluster", "cigarettes.csv", list(estimator = "iv",
  formula = "log(packs) ~ log(rincome) | state + year | log(rprice) ~ tdiff + rtax", vcov = list(cluster = list("state"))),
  rows(coef(fe)[2:3], sqrt(diag(V)), c("log(rprice)", "log(rincome)"), S - 1),
  list(r2 = 1 - sum(residuals(fe)^2) / sum(dm(log(cig$packs))^2)), "R AER::ivreg with dummies; ivreghdfe's factor by hand")
store(iv, "r_iv")

# ---- binary and ordered ------------------------------------------------------------------------------------------
data(PSID1976)
p <- data.frame(participation = as.integer(PSID1976$participation == "yes"), age = PSID1976$age, education = PSID1976$education,
  experience = PSID1976$experience, youngkids = PSID1976$youngkids, oldkids = PSID1976$oldkids, fincome = PSID1976$fincome / 1000,
  city = as.integer(PSID1976$city == "yes"), heducation = PSID1976$heducation, meducation = PSID1976$meducation, hours = PSID1976$hours)
p$kids <- (p$youngkids + p$oldkids > 0) + (p$youngkids + p$oldkids > 2)
save_data(p, "mroz.csv")
formula <- participation ~ age + education + experience + youngkids + oldkids + fincome
binary <- list()
m <- glm(formula, family = binomial, data = p, control = list(epsilon = 1e-14))
mn <- glm(participation ~ 1, family = binomial, data = p)
nm <- names(coef(m)); n <- nrow(p); ll <- as.numeric(logLik(m)); l0 <- as.numeric(logLik(mn)); cs <- 1 - exp(2 * (l0 - ll) / n)
binary[[1]] <- case("mroz logit", "mroz.csv", list(estimator = "logit", formula = paste(deparse(formula), collapse = "")),
  rows(coef(m), sqrt(diag(vcov(m))), nm), list(log_lik = ll, log_lik_null = l0, aic = AIC(m), bic = BIC(m), pseudo_r2_mcfadden = 1 - ll / l0,
  pseudo_r2_cox_snell = cs, pseudo_r2_nagelkerke = cs / (1 - exp(2 * l0 / n))), "R glm(binomial)", 1e-6)
V <- sandwich(m) * n / (n - 1)
binary[[2]] <- case("mroz logit robust", "mroz.csv", list(estimator = "logit", formula = paste(deparse(formula), collapse = ""), vcov = "hetero"),
  rows(coef(m), sqrt(diag(V)), nm), list(n_obs = n), "R glm(binomial), sandwich * N/(N-1)", 1e-5)
V <- vcovCL(m, cluster = ~education, type = "HC0", cadjust = TRUE)
binary[[3]] <- case("mroz logit cluster", "mroz.csv", list(estimator = "logit", formula = paste(deparse(formula), collapse = ""), vcov = list(cluster = list("education"))),
  rows(coef(m), sqrt(diag(V)), nm), list(n_clusters = length(unique(p$education))), "R glm(binomial), vcovCL(HC0, cadjust)", 1e-5)
pr <- glm(formula, family = binomial("probit"), data = p, control = list(epsilon = 1e-14, maxit = 100))
binary[[4]] <- case("mroz probit estimates", "mroz.csv", list(estimator = "probit", formula = paste(deparse(formula), collapse = "")),
  lapply(as.list(coef(pr)), function(b) list(estimate = b)), list(log_lik = as.numeric(logLik(pr))), "R glm(binomial(probit)); its errors use expected information", 1e-6)
fit <- suppressMessages(capture.output(r2 <- pscl::pR2(m)))
binary[[5]] <- case("mroz logit pscl", "mroz.csv", binary[[1]]$specification, setNames(list(), character()),
  list(log_lik_null = r2[["llhNull"]], pseudo_r2_mcfadden = r2[["McFadden"]], pseudo_r2_cox_snell = r2[["r2ML"]], pseudo_r2_nagelkerke = r2[["r2CU"]]), "R pscl::pR2")
mw <- suppressWarnings(glm(formula, family = binomial, data = p, weights = education, control = list(epsilon = 1e-14)))
V <- sandwich(mw) * n / (n - 1)
binary[[6]] <- case("mroz logit weights robust", "mroz.csv", list(estimator = "logit", formula = paste(deparse(formula), collapse = ""), vcov = "hetero", weights = "education"),
  rows(coef(mw), sqrt(diag(V)), nm), list(n_obs = n, log_lik = as.numeric(logLik(mw)), bic = BIC(mw)), "R glm(binomial, weights), sandwich * N/(N-1)", 1e-5)
store(binary, "r_binary")

h <- data.frame(sat = as.integer(housing$Sat), infl_medium = as.integer(housing$Infl == "Medium"), infl_high = as.integer(housing$Infl == "High"),
  apartment = as.integer(housing$Type == "Apartment"), atrium = as.integer(housing$Type == "Atrium"), terrace = as.integer(housing$Type == "Terrace"),
  contact = as.integer(housing$Cont == "High"), freq = housing$Freq)
save_data(h, "housing.csv")
m <- polr(factor(sat) ~ infl_medium + infl_high + apartment + atrium + terrace + contact, data = h, weights = freq, Hess = TRUE, control = list(reltol = 1e-15))
v <- vglm(factor(sat) ~ infl_medium + infl_high + apartment + atrium + terrace + contact, cumulative(parallel = FALSE), data = h, weights = freq, epsilon = 1e-12)
b <- c(coef(m), m$zeta); se <- sqrt(diag(vcov(m)))
chi2 <- 2 * (logLik(v) - as.numeric(logLik(m)))
# Brant (1990) by hand with the covariance of the binary logits, and the likelihood-ratio test, on the children of Mroz
po <- polr(factor(kids) ~ age + education + fincome, data = p, Hess = TRUE, control = list(reltol = 1e-15))
free <- suppressWarnings(vglm(factor(kids) ~ age + education + fincome, cumulative(parallel = FALSE), data = p, epsilon = 1e-12))
lr <- 2 * (as.numeric(logLik(free)) - as.numeric(logLik(po))); xs <- c("age", "education", "fincome"); X <- cbind(1, as.matrix(p[, xs]))
logits <- lapply(0:1, function(j) glm((kids > j) ~ age + education + fincome, data = p, family = binomial, control = list(epsilon = 1e-14)))
pi <- sapply(logits, fitted); stacked <- unlist(lapply(logits, function(f) coef(f)[-1])); V <- matrix(0, 6, 6)
gram <- function(w) t(X) %*% (X * w)
for (i in 1:2) for (j in 1:2) V[(i - 1) * 3 + 1:3, (j - 1) * 3 + 1:3] <- (solve(gram(pi[, i] * (1 - pi[, i]))) %*%
  gram(pi[, max(i, j)] - pi[, i] * pi[, j]) %*% solve(gram(pi[, j] * (1 - pi[, j]))))[-1, -1]
wald <- function(at) { D <- (cbind(diag(3), -diag(3)))[at, , drop = FALSE]; g <- D %*% stacked; as.numeric(t(g) %*% solve(D %*% V %*% t(D)) %*% g) }
bo <- c(coef(po), po$zeta); so <- sqrt(diag(vcov(ordinal::clm(factor(kids) ~ age + education + fincome, data = p))))[c(3:5, 1:2)]
brant <- case("mroz ologit Brant", "mroz.csv", list(estimator = "ologit", formula = "kids ~ age + education + fincome"),
  lapply(setNames(1:5, c(xs, "cut1", "cut2")), function(i) list(estimate = bo[[i]], std_error = so[[i]])),
  c(setNames(lapply(1:3, wald), paste0("brant_chi2.", xs)), list(brant_chi2 = wald(1:3), parallel_lines_chi2 = lr,
    parallel_lines_p = pchisq(lr, 3, lower.tail = FALSE), log_lik = as.numeric(logLik(po)), aic = AIC(po), bic = BIC(po))),
  "R polr, ordinal::clm, VGAM::vglm, glm; Brant's Wald tests by hand", 1e-5)
store(list(brant, case("housing ologit", "housing.csv", list(estimator = "ologit", formula = "sat ~ infl_medium + infl_high + apartment + atrium + terrace + contact", weights = "freq"),
  lapply(setNames(seq_along(b), c(names(coef(m)), "cut1", "cut2")), function(i) list(estimate = b[[i]], std_error = se[[i]])),
  list(log_lik = as.numeric(logLik(m)), parallel_lines_chi2 = as.numeric(chi2), parallel_lines_df = 6), "R MASS::polr; VGAM::vglm(cumulative(parallel = FALSE))", 1e-4)), "r_ordered")

# ---- counts ------------------------------------------------------------------------------------------------------
counts <- list()
q <- data.frame(days = quine$Days, eth = as.integer(quine$Eth == "N"), sex = as.integer(quine$Sex == "M"), age = as.character(quine$Age), lrn = as.integer(quine$Lrn == "SL"))
save_data(q, "quine.csv")
m <- glm(days ~ eth + sex + lrn + factor(age), family = poisson, data = q, control = list(epsilon = 1e-14))
V <- sandwich(m) * nrow(q) / (nrow(q) - 1)
counts[[1]] <- case("quine ppml absorbed", "quine.csv", list(estimator = "poisson", formula = "days ~ eth + sex + lrn | age", vcov = "hetero"),
  rows(coef(m)[2:4], sqrt(diag(V))[2:4], names(coef(m))[2:4]), list(log_lik = as.numeric(logLik(m)), n_obs = nrow(q)), "R glm(poisson) with dummies, sandwich * N/(N-1)", 1e-6)
nb <- glm.nb(days ~ eth + sex + lrn + factor(age), data = q, control = glm.control(epsilon = 1e-14, maxit = 200))
counts[[2]] <- case("quine nb2 absorbed", "quine.csv", list(estimator = "negbin", formula = "days ~ eth + sex + lrn | age"),
  lapply(as.list(coef(nb)[2:4]), function(b) list(estimate = b)), list(log_lik = as.numeric(logLik(nb)), alpha = 1 / nb$theta), "R MASS::glm.nb (its errors condition on theta)", 1e-5)
store(counts, "r_counts")
# ---- likelihoods no package has: written out and maximised numerically ---------------------------------------------
maximum <- function(f, start) {
  at <- start
  for (i in 1:5) at <- optim(at, f, method = "BFGS", control = list(fnscale = -1, reltol = 1e-16, maxit = 1000))$par
  for (i in 1:4) at <- at - solve(numDeriv::hessian(f, at), numDeriv::grad(f, at))
  list(at = at, V = solve(-numDeriv::hessian(f, at)), value = f(at))
}
# IV probit, log likelihood of Stata's manual ([R] ivprobit): b, first stage, ln(sigma), atanh(rho)
X <- cbind(p$fincome / 10, 1, p$youngkids, p$age / 10); Z <- cbind(p$heducation, 1, p$youngkids, p$age / 10)
joint <- function(t) { v <- p$fincome / 10 - Z %*% t[5:8]; s <- exp(t[9]); r <- tanh(t[10])
  sum(pnorm((2 * p$participation - 1) * (X %*% t[1:4] + r * v / s) / sqrt(1 - r^2), log.p = TRUE)) + sum(dnorm(v, 0, s, log = TRUE)) }
stage <- lm.fit(Z, p$fincome / 10); start <- c(0, 0, 0, 0, coef(stage), log(sd(residuals(stage))), 0)
m <- maximum(joint, start); tests <- m$at[10]^2 / m$V[10, 10]
ml <- list(case("mroz ivprobit ml", "mroz.csv", list(estimator = "ivprobit",
  formula = "participation ~ youngkids + I(age/10) | I(fincome/10) ~ heducation"),
  rows(m$at[1:4], sqrt(diag(m$V))[1:4], c("I(fincome/10)", "(Intercept)", "youngkids", "I(age/10)")),
  list(log_lik = m$value, exogeneity_chi2 = tests, endogeneity_p = pchisq(tests, 1, lower.tail = FALSE), athrho = m$at[10], athrho_se = sqrt(m$V[10, 10]), rho = tanh(m$at[10])),
  "R optim and numDeriv on the likelihood of Stata's [R] ivprobit", 1e-4))
# conditional fixed-effects negative binomial of Hausman, Hall and Griliches 1984, as in Stata's [XT] xtnbreg
X <- cbind(1, q$eth, q$sex, q$lrn)
hhg <- function(t) { l <- exp(drop(X %*% t)); L <- tapply(l, q$age, sum); Y <- tapply(q$days, q$age, sum)
  sum(lgamma(l + q$days) - lgamma(l) - lgamma(q$days + 1)) + sum(lgamma(L) + lgamma(Y + 1) - lgamma(L + Y)) }
m <- maximum(hhg, c(0, 0, 0, 0))
ml[[2]] <- case("quine xtnbreg fe", "quine.csv", list(estimator = "negbin", formula = "days ~ eth + sex + lrn | age",
  options = list(method = "conditional_fe")), rows(m$at, sqrt(diag(m$V)), c("(Intercept)", "eth", "sex", "lrn")),
  list(log_lik = m$value, n_obs = nrow(q)), "R optim and numDeriv on the likelihood of Stata's [XT] xtnbreg, fe", 1e-4)
store(ml, "r_likelihoods")
cat("done\n")
