"""The order of a model's inputs is the encoding's, whatever order the features come in."""

import numpy as np

from penstock.encoding import Encoding

FEATURES = {
    "b": np.array([1.0, np.nan]),
    "colour": np.array(["red", ""], dtype=object),
    "a": np.array([3.0, 4.0]),
}


def test_names_and_categories_are_sorted_and_missing_is_no_category() -> None:
    encoding = Encoding.fit(FEATURES | {"size": np.array(["s", "l"], dtype=object)})
    assert encoding.numeric == ("a", "b")
    assert encoding.categorical == ("colour", "size")
    assert encoding.categories == {"colour": ("red",), "size": ("l", "s")}
    assert encoding.matrix_names == ("a", "b", "colour=red", "size=l", "size=s")


def test_packing_goes_by_name_and_not_by_order() -> None:
    encoding = Encoding.fit(FEATURES)
    packed = encoding.pack(dict(reversed(FEATURES.items())))
    np.testing.assert_array_equal(packed["numeric"], np.array([[3, 1], [4, np.nan]], np.float32))
    assert packed["numeric"].dtype == np.float32
    assert packed["categorical"].tolist() == [["red"], [""]]
    assert packed["categorical"].dtype == object


def test_an_input_without_columns_is_absent() -> None:
    assert Encoding.fit({"a": FEATURES["a"]}).pack(FEATURES).keys() == {"numeric"}
    assert Encoding.fit({"colour": FEATURES["colour"]}).pack(FEATURES).keys() == {"categorical"}


def test_it_survives_its_json() -> None:
    encoding = Encoding.fit(FEATURES)
    assert Encoding.from_dict(encoding.to_dict()) == encoding


def test_numbers_of_every_type_are_packed_as_numpy_would_cast_them() -> None:
    columns = {
        "flag": np.array([True, False]),
        "small": np.array([1 / 3, -1e-40]),
        "single": np.array([0.1, np.nan], np.float32),
        "whole": np.array([2**40 + 1, -7]),
    }
    packed = Encoding.fit(columns).pack(columns)["numeric"]
    expected = [columns[name].astype(np.float64).astype(np.float32) for name in sorted(columns)]
    np.testing.assert_array_equal(packed, np.array(expected).T)


def test_a_free_text_is_left_out_though_features_give_it_along() -> None:
    features = {"note": np.array(["a b", ""], object), "plan": np.array(["x", "y"], object)}
    encoding = Encoding.fit(features | {"words": np.array([2.0, 0.0])}, texts=["note"])
    assert encoding.matrix_names == ("words", "plan=x", "plan=y")
    assert "note" in Encoding.fit(features).categorical
