"""A result that depends on an unseeded draw cannot be obtained again, so nobody can check it.

Reads the Python code outside tests for calls that draw at random (random, numpy, torch,
tensorflow, scikit-learn, pandas, scipy). A draw is seeded when its call names a seed or hands one
on, or when its file, or a file that imports it, seeds that library for the whole process.
"""

import ast
import re
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from trl4ml.core.evidence import Finding, Measure, Place, no, not_applicable, unknown, yes
from trl4ml.core.noun import Noun
from trl4ml.core.views import Files, Unreadable

asks = "Every random draw in the code is seeded."
version = 1


class Options(Noun):
    ignore: tuple[str, ...] = ()
    """Patterns of files whose randomness does not matter, such as `demos/**/*`."""


MOST_PARSED = 2000
LARGEST = 1_000_000
LEFT_OUT = (
    "**/{tests,test,testing,vendor,third_party,node_modules,site-packages,.venv,venv}/**/*",
    "**/{test_*,*_test,conftest,setup}.py",
)
PLAIN = set(
    "random randint randrange choice choices shuffle sample uniform gauss normalvariate triangular "
    "betavariate expovariate gammavariate lognormvariate vonmisesvariate paretovariate "
    "weibullvariate binomialvariate getrandbits randbytes".split()
)
NUMPY = set(
    "rand randn randint random random_sample random_integers ranf sample choice shuffle "
    "permutation bytes beta binomial chisquare dirichlet exponential f gamma geometric gumbel "
    "hypergeometric laplace logistic lognormal logseries multinomial multivariate_normal "
    "negative_binomial noncentral_chisquare normal pareto poisson power rayleigh standard_cauchy "
    "standard_exponential standard_gamma standard_normal standard_t triangular uniform vonmises "
    "wald weibull zipf".split()
)
TORCH = set(
    "rand randn randint randperm rand_like randn_like randint_like normal bernoulli multinomial "
    "poisson random_split RandomSampler SubsetRandomSampler WeightedRandomSampler".split()
)
TENSORFLOW = set(
    "normal uniform truncated_normal shuffle categorical gamma poisson fixed_unigram_candidate_sampler "
    "log_uniform_candidate_sampler uniform_candidate_sampler".split()
)
SKLEARN = re.compile(
    r"train_test_split|\w*ShuffleSplit|Repeated(?:Stratified)?KFold|shuffle|resample"
    r"|permutation_importance|make_(?:classification|regression|blobs|moons|circles|s_curve"
    r"|swiss_roll|gaussian_quantiles|hastie_10_2|friedman\d|multilabel_classification|low_rank_matrix"
    r"|sparse_\w+|spd_matrix|biclusters|checkerboard)|mutual_info_(?:classif|regression)"
    r"|(?:Random(?:Forest|ized|Under|Over|Trees)|ExtraTree|DecisionTree|Bagging|Balanced\w*|AdaBoost"
    r"|IsolationForest|(?:Hist)?GradientBoosting|SGD|MLP|Perceptron|PassiveAggressive|LinearSV"
    r"|RANSAC|TheilSen|Halving Random|(?:MiniBatch|Bisecting)?KMeans|SpectralClustering"
    r"|(?:Bayesian)?GaussianMixture|TruncatedSVD|(?:MiniBatch)?NMF|FastICA|LatentDirichlet|TSNE|MDS"
    r"|SpectralEmbedding|GaussianRandom|SparseRandom|RBFSampler|Nystroem|BernoulliRBM|SMOTE|ADASYN"
    r"|BorderlineSMOTE|SVMSMOTE|KMeansSMOTE|UMAP)\w*"
)
