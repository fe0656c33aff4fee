import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.record.note import HEAD, Damaged, Note, decoded, encoded

NOTE = Note("00001795435200-0011aabb", 3, "S", 1_795_435.2, "en")
PCM = struct.pack("<4h", 1, -2, 3, -4)


@given(
    st.builds(
        Note,
        id=st.text(max_size=40),
        session=st.text(max_size=40),
        said_at=st.floats(0, 1e12),
    ),
    st.binary(max_size=99).map(lambda half: half * 2),
)
def test_what_is_written_down_can_be_read(note: Note, pcm: bytes) -> None:
    file = encoded(note, pcm)
    found, begin = decoded(file[:HEAD], len(file))
    assert found == note
    assert file[begin:] == pcm


@given(st.binary(max_size=200), st.integers(0, 300))
def test_nonsense_is_damaged(head: bytes, size: int) -> None:
    with pytest.raises(Damaged):
        decoded(head, size)


@given(st.data())
def test_so_is_a_file_that_is_not_whole(data: st.DataObject) -> None:
    file = encoded(NOTE, PCM)
    size = data.draw(st.integers(0, len(file) - 1))
    with pytest.raises(Damaged):
        decoded(file[:size], size)


@given(st.integers(0, len(encoded(NOTE, PCM)) - len(PCM) - 1), st.integers(1, 255))
def test_a_change_is_noticed_or_harmless(at: int, change: int) -> None:
    """Whatever is read lies within the file."""
    file = bytearray(encoded(NOTE, PCM))
    file[at] ^= change
    try:
        _, begin = decoded(bytes(file), len(file))
    except Damaged:
        return
    assert file[begin:] == PCM
