import numpy as np
import pytest

from shoestring.core.errors import BadDataError
from shoestring.data.stroke_inkml import inkml_capture

PLAIN = """<ink xmlns="http://www.w3.org/2003/InkML">
<annotation type="writer">ana</annotation>
<trace>10 0, 12 1, 14 2</trace>
<trace/>
<trace>20 0, 22 0</trace>
</ink>"""

RICH = """<?xml version="1.0"?>
<ink:ink xmlns:ink="http://www.w3.org/2003/InkML">
<ink:annotation type="writer">bo</ink:annotation><ink:annotation type="genuine">false</ink:annotation>
<ink:annotation type="sample">21</ink:annotation>
<ink:definitions>
 <ink:context xml:id="c1"><ink:inkSource xml:id="tablet"><ink:traceFormat>
  <ink:channel name="X" units="cm"/><ink:channel name="Y" units="mm"/><ink:channel name="T" units="ms"/>
  <ink:channel name="F" min="100" max="300"/><ink:channel name="OA" units="deg"/><ink:channel name="OE" units="deg"/>
  <ink:intermittentChannels><ink:channel name="B1" type="boolean"/></ink:intermittentChannels>
 </ink:traceFormat></ink:inkSource></ink:context>
</ink:definitions>
<ink:traceGroup contextRef="#c1">
 <ink:trace>1 10 0 100 90 60 F, '1 '-2 '10 '50 '0 '0 T, 1 -2 10 50 0 0</ink:trace>
 <ink:trace type="penUp">4 0 40 100 90 60, 5 1 50 100 90 60</ink:trace>
 <ink:trace>6 0 60 300 90 60, "1 *60"10 * * *</ink:trace>
</ink:traceGroup>
</ink:ink>"""


def write(folder, text):
    path = folder / "strokes.inkml"
    path.write_text(text)
    return path


def test_coordinates_alone(tmp_path):
    capture = inkml_capture(write(tmp_path, PLAIN))
    assert (capture.writer, capture.genuine, capture.sample) == ("ana", True, 1)
    assert any("trace 2 is empty" in note for note in capture.notes)
    assert any("100 points a second assumed" in note for note in capture.notes)
    signature = capture.signature()[0]
    np.testing.assert_array_equal(signature.x, [10, 12, 14, 17, 20, 22])
    np.testing.assert_array_equal(signature.y, [0, -1, -2, -1, 0, 0])
    assert signature.pen_down.tolist() == [True, True, True, False, True, True]
    assert signature.pressure is None


def test_formats_units_differences_and_trace_types(tmp_path):
    text = RICH.replace('60 300 90 60, "1 *60"10', "60 300 90 60, !7 * 70")
    capture = inkml_capture(write(tmp_path, text))
    assert (capture.writer, capture.genuine, capture.sample) == ("bo", False, 21)
    np.testing.assert_array_equal(capture.x, [10, 20, 30, 40, 50, 60, 70])
    np.testing.assert_array_equal(capture.y, [-10, -8, -6, 0, -1, 0, 0])
    np.testing.assert_allclose(capture.t, np.array([0, 10, 20, 40, 50, 60, 70]) / 1000)
    np.testing.assert_array_equal(capture.pressure, [0, 0.25, 0.5, 0, 0, 1, 1])
    assert capture.pen_down.tolist() == [1, 1, 1, 0, 0, 1, 1]
    signature = capture.signature()[0]
    np.testing.assert_allclose(np.degrees(signature.azimuth), 270, rtol=1e-5)
    np.testing.assert_allclose(np.degrees(signature.altitude), 60, rtol=1e-5)


def test_second_differences_as_in_the_example_of_the_recommendation(tmp_path):
    # Section 3.2.1: explicit, then velocities, then accelerations that last.
    text = PLAIN.replace("10 0, 12 1, 14 2", "1125 18432,'23'43,\"7\"-8,3-5,7 -3")
    capture = inkml_capture(write(tmp_path, text))
    np.testing.assert_array_equal(capture.x[:5], [1125, 1148, 1178, 1211, 1251])
    np.testing.assert_array_equal(-capture.y[:5], [18432, 18475, 18510, 18540, 18567])


def test_different_resolutions_of_the_axes_are_made_equal(tmp_path):
    source = """<definitions><inkSource xml:id="s"><traceFormat><channel name="X" type="integer"/>
    <channel name="Y" orientation="-ve"/></traceFormat><channelProperties>
    <channelProperty channel="X" name="resolution" value="1000" units="1/cm"/>
    <channelProperty channel="Y" name="resolution" value="50" units="1/mm"/>
    </channelProperties></inkSource></definitions>"""
    capture = inkml_capture(write(tmp_path, PLAIN.replace("<trace>10", source + "<trace>10")))
    np.testing.assert_allclose(capture.x[:3], [0.1, 0.12, 0.14])
    np.testing.assert_allclose(capture.y[:3], [0, 0.02, 0.04])


def test_clocks_that_restart_and_clocks_with_an_offset(tmp_path):
    source = """<traceFormat><channel name="X"/><channel name="Y"/><channel name="T" units="s"/></traceFormat>"""
    text = f"""<ink>{source}<trace>0 0 0, 1 1 0.01</trace><trace timeOffset="500">2 2 0, 3 3 0.01</trace></ink>"""
    np.testing.assert_allclose(inkml_capture(write(tmp_path, text)).t, [0, 0.01, 0.5, 0.51])
    restarted = inkml_capture(write(tmp_path, text.replace(' timeOffset="500"', "")))
    np.testing.assert_allclose(restarted.t, [0, 0.01, 0.03, 0.04])
    assert "time restarts" in restarted.notes[0]


def test_a_continued_trace_is_the_same_stroke(tmp_path):
    text = PLAIN.replace("<trace>20", '<trace continuation="end">20')
    assert inkml_capture(write(tmp_path, text)).signature()[0].pen_down.all()


def test_force_without_a_range_is_left_out(tmp_path):
    source = """<traceFormat><channel name="X"/><channel name="Y"/><channel name="F"/></traceFormat>"""
    capture = inkml_capture(write(tmp_path, f"<ink>{source}<trace>0 0 7, 1 1 8</trace></ink>"))
    assert capture.pressure is None and any("states no range" in note for note in capture.notes)
    source = source.replace('"F"', '"F" units="%"')
    percent = inkml_capture(write(tmp_path, f"<ink>{source}<trace>0 0 7, 1 1 8</trace></ink>"))
    np.testing.assert_allclose(percent.pressure, [0.07, 0.08])


BOMB = '<!DOCTYPE ink [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><ink><trace>&b;</trace></ink>'
LEAK = '<!DOCTYPE ink [<!ENTITY a SYSTEM "file:///etc/passwd">]><ink><trace>&a;</trace></ink>'


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "not safe, well-formed XML"),
        ("<ink><trace>", "not safe, well-formed XML"),
        (BOMB, "not safe, well-formed XML"),
        (LEAK, "not safe, well-formed XML"),
        ("<svg/>", "root element is <svg>"),
        ("<ink/>", "holds no trace"),
        ("<ink><trace></trace></ink>", "holds no trace"),
        ("<ink><trace>1 2, 3</trace><trace>1 2</trace></ink>", None),
        ("<ink><trace>1 2 3</trace></ink>", "trace 1, point 1: cannot read '1 2 3' as X, Y"),
        ("<ink><trace>1 2, a b</trace></ink>", "trace 1, point 2: cannot read 'a b'"),
        ("<ink><trace>1 2,, 3 4</trace></ink>", "trace 1, point 2: cannot read ''"),
        ("<ink><trace>" + "1 2," * 20_001 + "1 2</trace></ink>", "more than the limit of 20000 points"),
        ("<ink>" + ("<trace>" + "1 2," * 15_000 + "1 2</trace>") * 2 + "</ink>", "more than the limit of 20000 points"),
        ('<ink><trace timeOffset="soon">1 2</trace></ink>', "'soon' is not a number"),
        ('<ink><annotation type="genuine">maybe</annotation><trace>1 2</trace></ink>', "genuine 'maybe'"),
        ('<ink><annotation type="sample">-1</annotation><trace>1 2</trace></ink>', "sample '-1'"),
        ('<ink><sampleRate value="0"/><trace>1 2</trace></ink>', "sampleRate is 0"),
        ('<ink><traceFormat><channel name="X"/></traceFormat><trace>1</trace></ink>', "lacks the channel X or Y"),
        ("<ink><traceFormat/><trace>1</trace></ink>", "name each of its channels once"),
        (
            '<ink><traceFormat><channel name="X"/><channel name="X"/></traceFormat><trace>1 2</trace></ink>',
            "channels once",
        ),
        (
            '<ink><traceFormat><channel name="X" units="mm"/><channel name="Y" units="dev"/></traceFormat>'
            "<trace>1 2</trace></ink>",
            "X is in 'mm' and Y in 'dev'",
        ),
        (
            '<ink><traceFormat><channel name="X"/><channel name="Y"/><channel name="T" units="days"/></traceFormat>'
            "<trace>1 2 3</trace></ink>",
            "time is in 'days'",
        ),
    ],
)
def test_a_hostile_file_gets_a_clear_answer(tmp_path, text, message):
    path = write(tmp_path, text)
    with pytest.raises(BadDataError, match=message) as error:
        inkml_capture(path).signature()
    assert "strokes.inkml" in str(error.value) and len(str(error.value)) < 500
