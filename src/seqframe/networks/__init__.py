"""Networks as data (`spec`), as Keras models (`build`), and which output depends on which input (`causality`)."""
