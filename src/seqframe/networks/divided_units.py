"""Initial weights of a recurrent layer whose units are divided among groups of features."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from seqframe.networks.build import init_network, weight_places
from seqframe.networks.recurrent_layers import Recurrent
from seqframe.networks.spec import Dense, NetworkSpec, NetworkState

Ints = NDArray[np.intp]


def divide_units(network: NetworkState, features: Sequence[Ints], seed: int) -> tuple[NetworkState, list[Ints]]:
    """The network with new weights of its body, and the units of each group.

    The units of each group read the features of the group (features,) and the states of their own group, with initial
    weights as of a layer of their own; all other weights are 0. If the body is not one recurrent layer with a unit for
    each group at least, the network stays as it is, and every group has all units.
    """
    spec = network.spec
    layer, groups = spec.body[0], len(features)
    if groups == 1 or len(spec.body) > 1 or not isinstance(layer, Recurrent) or layer.units < groups:
        return network, [np.arange(spec.layers()["head"][1][-1])] * groups
    divided = np.array_split(np.arange(layer.units), groups)
    weights = list(network.weights)
    places = weight_places(spec, "body_1")  # kernel, recurrent kernel, bias
    for place in places:
        weights[place] = np.zeros_like(weights[place])
    seeds = np.random.SeedSequence((seed, groups)).generate_state(groups)
    for own, units, number in zip(features, divided, seeds, strict=True):
        small = replace(layer, units=len(units))
        alone = NetworkSpec(spec.framing, (spec.input_shape[0], len(own)), (small,), Dense(1))
        kernel, recurrent, bias = (
            init_network(alone, int(number)).weights[at] for at in weight_places(alone, "body_1")
        )
        columns = (np.arange(layer.gates)[:, None] * layer.units + units).reshape(-1)  # of all gates
        weights[places[0]][np.ix_(own, columns)] = kernel
        weights[places[1]][np.ix_(units, columns)] = recurrent
        weights[places[2]][..., columns] = bias
    return NetworkState(spec, tuple(weights)), divided
