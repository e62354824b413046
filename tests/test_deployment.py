"""The room of deployment: images, serving, alerts and objectives, from text and plain data."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trl4ml.deployment import paths
from trl4ml.deployment.alerts import about_drift, measures_model
from trl4ml.deployment.data import Pair, objects, pairs, whole_number
from trl4ml.deployment.dockerfiles import Dockerfile, Malformed
from trl4ml.deployment.images import Image, named
from trl4ml.deployment.instruments import in_python
from trl4ml.deployment.objectives import declared, is_number, resources, tabled
from trl4ml.deployment.rollout import features, replicas
from trl4ml.deployment.rows import outline, rows
from trl4ml.deployment.serving import by_name, by_objects, container, kinds_of, labels
from trl4ml.deployment.watches import in_cloud, in_json, in_template, in_yaml, marked

DIGEST = "@sha256:" + "1" * 64
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda one: st.lists(one, max_size=4) | st.dictionaries(
        st.text(max_size=8) | st.sampled_from([
            "apiVersion", "kind", "spec", "items", "groups", "rules", "alert", "labels", "traffic",
            "receivers", "slos", "objectives", "target", "panels", "title", "tags", "type", "query",
        ]), one, max_size=5),
    max_leaves=20,
)  # fmt: skip


@pytest.mark.parametrize(
    ("name", "sort"),
    [
        ("python:3.12" + DIGEST, "pinned"),
        ("python:3.12", "tagged"),
        ("localhost:5000/base", "floating"),
        ("x:latest-gpu", "floating"),
        ("x:$TAG", "floating"),
        ("x@sha256:abc", "floating"),
        ("{{ .Values.image }}:1", "unrendered"),
    ],
)
def test_how_firmly_an_image_is_held(name: str, sort: str) -> None:
    assert Image(1, name).sort == sort


def test_a_dockerfile_says_its_images_and_its_user() -> None:
    text = "ARG V=1\nFROM a:$V AS b\nFROM b\nCOPY --from=c:2 x y\nUSER app\nEXPOSE 80\nCMD x\n"
    one = Dockerfile(text)
    assert [(image.line, image.name) for image in one.images] == [(2, "a:1"), (4, "c:2")]
    assert one.user == "app" and not one.as_root
    assert container(text).kinds == {"container only"}
    assert Dockerfile("FROM a").as_root
    with pytest.raises(Malformed, match="names no image"):
        Dockerfile("FROM --platform=x")


def test_rows_are_read_outside_blocks_of_text() -> None:
    text = "a:\n  image: 'x:1'  # why\n  run: |\n    image: y\n  more: {image: z}\n"
    assert [(row.line, row.key, row.value) for row in rows(text)] == [
        (1, "a", ""), (2, "image", "x:1"), (3, "run", "|"), (5, "image", "z")]  # fmt: skip
    assert Pair("a", "image", "x:1") in [*outline(text)]
    assert [image.name for image in named(text)] == ["x:1", "z"]
    assert [one.name for one in named("uses: docker://a\ncontainer: b", workflow=True)] == [
        "a",
        "b",
    ]


@pytest.mark.parametrize(
    ("data", "wanted"),
    [
        ({"canaryTrafficPercent": 10}, {"canary"}),
        ({"canaryTrafficPercent": 100}, set()),
        ({"traffic": {"a": 90, "b": 10}}, {"canary"}),
        ({"route": [{"weight": 100}, {"weight": 0}]}, set()),
        ({"min_replicas": 0}, {"scale_to_zero"}),
        ({"resources": {"limits": {"cpu": 1}}}, {"resource_limits"}),
        ({"healthcheck": {"disable": True}}, set()),
        ({"enabled": False, "below": {"mirror": {"host": "a"}}}, set()),
    ],
)
def test_what_a_rollout_declares(data: dict[str, Any], wanted: set[str]) -> None:
    assert {name for pair in pairs(data) for name in features(pair)} == wanted


def test_manifests_are_told_by_name_phrase_and_object() -> None:
    assert kinds_of("cog.yaml", "x") == {"Cog"}
    assert kinds_of("app.yaml", "runtime: python312") == {"App Engine"}
    assert labels("apiVersion: serving.kserve.io/v1\nkind: InferenceService") == {"KServe"}
    deployment = {"apiVersion": "apps/v1", "kind": "Deployment", "spec": {"replicas": "2"}}
    served = by_objects([{"kind": "List", "items": [deployment]}, 3])
    assert served.kinds == {"Kubernetes"}
    assert [n for pair in pairs(list(served.data)) if (n := replicas(pair))] == [2]


def test_alerts_about_the_model_are_told_from_those_about_load() -> None:
    assert measures_model("avg(prediction_confidence) > 1")
    assert not measures_model('prediction_latency_seconds{model="prediction"}')
    rules = [{"alert": "Drift", "expr": "feature_psi > 1", "labels": {"team": "ml"}}]
    watch = in_yaml([{"groups": [{"rules": rules}]}])
    assert watch.tools == {"Prometheus"} and watch.alerts[0].owned
    assert about_drift(watch.alerts, [])
    assert in_python(b"import evidently").tools == {"Evidently"}


@pytest.mark.parametrize(
    ("value", "wanted"),
    [(1, True), (True, False), (float("nan"), False), ("p99 < 300 ms", True), ("99.9%", True),
     ("high", False), ("2027-01", False), ([1], False)],
)  # fmt: skip
def test_a_target_is_a_number_or_begins_with_one(value: object, wanted: bool) -> None:
    assert is_number(value) is wanted


def test_paths_that_do_not_count() -> None:
    assert paths.is_aside("a/tests/b.yaml") and not paths.is_vendored("a/tests/b.yaml")
    assert paths.is_vendored("third_party/b.yaml") and not paths.is_aside("latest/b.yaml")
    assert paths.ending("a.b/Dockerfile") == "dockerfile"


@given(VALUES)
def test_data_of_any_type_is_no_surprise(data: Any) -> None:
    in_yaml([data])
    in_json(data)
    by_objects([data])
    by_name(frozenset({"Compose"}), [data])
    assert all(one.about for one in declared(data if isinstance(data, dict | list) else None))
    assert all(isinstance(one, dict) for one in objects([data]))
    for pair in pairs(data):
        features(pair)
        assert replicas(pair) is None or whole_number(pair.value) is not None


@given(st.text(alphabet="FROM COPYRUN<$\\{}:|>-#\"'&*@/\n\t aimge1", max_size=200))
def test_text_of_any_form_is_no_surprise(text: str) -> None:
    assert all(image.line >= 1 for image in named(text, workflow=True))
    for read in (in_template, in_cloud, marked, labels, outline, tabled, resources):
        read(text)
    container(text)
