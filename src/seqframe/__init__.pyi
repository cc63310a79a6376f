"""The public names, for editors and type checkers; they are imported when they are first used."""

from seqframe.api.arrays import frame as frame
from seqframe.api.comparison import classify as classify
from seqframe.api.comparison import compare as compare
from seqframe.api.comparison import label as label
from seqframe.api.description import describe as describe
from seqframe.api.examples import load_example as load_example
from seqframe.api.inputs import sequence_table as sequence_table
from seqframe.api.search import sweep as sweep
from seqframe.errors import UserError as UserError
from seqframe.forecasting import load_classifier as load_classifier
from seqframe.forecasting import load_forecaster as load_forecaster
from seqframe.framings import FRAMINGS as FRAMINGS

PUBLIC: dict[str, str]
__version__: str
