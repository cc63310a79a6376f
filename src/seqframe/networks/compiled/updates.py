"""Losses with their gradients, and the updates of the optimizers, compiled by Numba. They follow Keras."""

# mypy: ignore-errors
import numpy as np

from seqframe.networks.kernel.machine_code import inner

MSE, MAE, HUBER, QUANTILE = range(4)
ADAM, SGD, RMSPROP = range(3)
BETA_1, BETA_2, EPSILON, RHO = 0.9, 0.999, 1e-7, 0.9  # Keras' defaults


@inner
def gradients_of_loss(options, quantiles, outputs, targets, gradients, losses):
    """Fill the mean loss of each lane (lanes,), and the gradients of the outputs (targets * levels * lanes,)."""
    levels, lanes = max(1, len(quantiles)), options.lanes
    count = len(targets) // lanes * levels
    share = np.float32(1.0 / count)
    for lane in range(lanes):
        total = 0.0
        for number in range(count):
            place = number * lanes + lane
            q = quantiles[number % levels] if len(quantiles) else np.float32(0.0)
            value, slope = _loss(options, outputs[place] - targets[number // levels * lanes + lane], q)
            total += value
            gradients[place] = slope * share
        losses[lane] = total / count


@inner
def _loss(options, error, q):
    """Loss of an error (output - target), and its derivative."""
    zero, one = np.float32(0.0), np.float32(1.0)
    if options.loss == MSE:
        return error * error, error + error
    if options.loss == QUANTILE:
        return (q * -error, -q) if error <= zero else ((q - one) * -error, one - q)
    sign = np.float32(np.sign(error))
    if options.loss == MAE:
        return abs(error), sign
    delta = np.float32(options.delta)
    if abs(error) <= delta:
        return np.float32(0.5) * error * error, error
    return delta * abs(error) - np.float32(0.5) * delta * delta, delta * sign


@inner
def update(options, segments, params, gradients, first, second, step, rate):
    """One update of all trained parameters, the `step`th from 1."""
    if options.clipnorm > 0.0:
        _clip(options, segments, gradients)
    if options.weight_decay > 0.0:
        decay = np.float32(options.weight_decay)
        for place in range(len(gradients)):
            params[place] -= params[place] * decay * rate
    if options.optimizer == ADAM:
        _adam(params, gradients, first, second, _adam_rate(rate, step))
    elif options.optimizer == RMSPROP:
        _rmsprop(params, gradients, first, rate)
    elif options.momentum > 0.0:
        momentum = np.float32(options.momentum)
        for place in range(len(gradients)):
            first[place] = first[place] * momentum - gradients[place] * rate
            params[place] += first[place]
    else:
        for place in range(len(gradients)):
            params[place] -= gradients[place] * rate


@inner
def _adam_rate(rate, step):
    one = np.float32(1.0)
    first, second = (
        np.float32(np.float64(np.float32(BETA_1)) ** step),
        np.float32(np.float64(np.float32(BETA_2)) ** step),
    )
    return rate * np.sqrt(one - second) / (one - first)


@inner
def _adam(params, gradients, means, squares, rate):
    """Source: Kingma and Ba, "Adam: a method for stochastic optimization", ICLR 2015."""
    of_mean, of_square, epsilon = np.float32(1.0 - BETA_1), np.float32(1.0 - BETA_2), np.float32(EPSILON)
    for place in range(len(gradients)):
        gradient = gradients[place]
        mean = means[place] + (gradient - means[place]) * of_mean
        square = squares[place] + (gradient * gradient - squares[place]) * of_square
        means[place], squares[place] = mean, square
        params[place] -= mean * rate / (np.sqrt(square) + epsilon)


@inner
def _rmsprop(params, gradients, squares, rate):
    rho, rest, epsilon = np.float32(RHO), np.float32(1.0 - RHO), np.float32(EPSILON)
    for place in range(len(gradients)):
        gradient = gradients[place]
        squares[place] = rho * squares[place] + rest * (gradient * gradient)
        params[place] -= rate * gradient / np.sqrt(squares[place] + epsilon)


@inner
def _clip(options, segments, gradients):
    """Limit the norm of the gradient of each weight array to `clipnorm`."""
    limit = np.float32(options.clipnorm)
    for number in range(len(segments)):
        start, stop = segments[number]
        for lane in range(options.lanes):
            total = 0.0
            for place in range(start, stop):
                total += gradients[place * options.lanes + lane] ** 2
            factor = limit / max(np.float32(np.sqrt(total)), limit)
            for place in range(start, stop):
                gradients[place * options.lanes + lane] *= factor
