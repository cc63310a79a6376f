"""One framing of the tutorial in plain Keras, without Seqframe."""

import sys
from typing import Any

import numpy as np
from keras import Input, Sequential
from keras.layers import LSTM, Dense, TimeDistributed

LENGTH = UNITS = 5


def main(framing: str) -> None:
    """Build, fit and predict one framing, as the tutorial does."""
    X: Any
    y: Any
    sequence = np.arange(LENGTH) / LENGTH
    if framing == "one_to_one":
        X, y = sequence.reshape(LENGTH, 1, 1), sequence.reshape(LENGTH, 1)
        model = Sequential([Input((1, 1)), LSTM(UNITS), Dense(1)])
        epochs = 1000
    elif framing == "many_to_one":
        X, y = sequence.reshape(1, LENGTH, 1), sequence.reshape(1, LENGTH)
        model = Sequential([Input((LENGTH, 1)), LSTM(UNITS), Dense(LENGTH)])
        epochs = 500
    else:
        X, y = sequence.reshape(1, LENGTH, 1), sequence.reshape(1, LENGTH, 1)
        model = Sequential([Input((LENGTH, 1)), LSTM(UNITS, return_sequences=True), TimeDistributed(Dense(1))])
        epochs = 1000
    model.compile(loss="mean_squared_error", optimizer="adam")
    model.summary()
    model.fit(X, y, epochs=epochs, batch_size=len(X), verbose=2)
    for value in model.predict(X, batch_size=len(X), verbose=0).ravel():
        print(f"{value:.1f}")


if __name__ == "__main__":
    main(sys.argv[1])
