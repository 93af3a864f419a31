from tests.distributed.two_processes import COMPRESSORS, digest, gradients
from tests.distributed.workers import crew


def test_virtual_workers_compute_the_bits_of_two_processes(two_processes):
    """What studies of accuracy simulate in one process is what a network computes."""
    for compressor in COMPRESSORS:
        with crew(compressor) as workers:
            for step in range(3):
                out = workers.reduce([gradients(rank, step) for rank in range(2)])
            traffic = workers.reducers[0].communicator.traffic
        for rank in range(2):
            real = two_processes[rank]["reduced"][compressor.kind]
            assert real["out"] == digest(out[rank]), compressor.kind
            assert (real["payload"], real["collectives"]) == (traffic.payload, traffic.collectives)


def test_many_buckets_and_an_unused_layer_train_in_step(two_processes):
    """PyTorch's hook hangs here."""
    for found in (one["hooked"] for one in two_processes):
        assert found["buckets"] > 3 and found["synchronised"]
        assert found["losses"][-1] < found["losses"][0]
        assert found["collectives"] >= 2 * 12


def test_state_is_kept_by_name_and_not_by_bucket(two_processes):
    named = two_processes[0]["hooked"]["named"]
    assert named == two_processes[1]["hooked"]["named"]
    assert "layers.0.weight" in named and "unused.weight" in named and not any("bias" in name for name in named)
    assert two_processes[0]["hooked"]["unused"] == 0
