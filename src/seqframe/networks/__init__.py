"""Networks: specs (`spec`), Keras models from specs (`build`), and input-output dependency (`causality`)."""
