// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.smoke.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

/** A picture shows the figures that it is of. */
class PlotTest {
    private static final double CLOSE = 0.2;

    @Test
    void aFigureTenTimesAsGoodIsOnePowerFurtherRightAndTheNextOneALineBelow() throws Exception {
        List<Element> dots =
                dots(Plot.parts("three & more", "<below>", List.of(part("a", 0.1), part("b", 1), part("c", 10))));
        double step = x(dots.get(1)) - x(dots.get(0));
        assertTrue(step > 50, "a power of ten is " + step + " wide");
        assertEquals(step, x(dots.get(2)) - x(dots.get(1)), CLOSE);
        assertEquals(y(dots.get(1)) - y(dots.get(0)), y(dots.get(2)) - y(dots.get(1)), CLOSE);
    }

    @Test
    void whatIsBeyondTheScaleStaysInThePicture() throws Exception {
        List<Element> dots = dots(Plot.parts("far", "", List.of(part("a", Double.POSITIVE_INFINITY), part("b", 1))));
        assertTrue(x(dots.get(0)) > x(dots.get(1)) && x(dots.get(0)) < 860, "at " + x(dots.get(0)));
    }

    @Test
    void aCurveBeginsAtOneAndRisesByWhatItsFigureGrew() throws Exception {
        Plot.Curve level = curve("level", 7, 7, 7);
        Plot.Curve steep = curve("steep", 2, 20, 200);
        List<Element> dots = dots(Plot.curves("two", "", List.of(level, steep)));
        // Three of each curve, and its sign in the legend.
        assertEquals(8, dots.size());
        assertEquals(y(dots.get(0)), y(dots.get(2)), CLOSE);
        assertEquals(y(dots.get(0)), y(dots.get(4)), CLOSE);
        assertEquals(y(dots.get(4)) - y(dots.get(5)), y(dots.get(5)) - y(dots.get(6)), CLOSE);
        assertTrue(y(dots.get(6)) < y(dots.get(5)), "up is more");
    }

    private static Plot.Part part(String name, double times) {
        return new Plot.Part(name, new Plot.Spread(times, times, times), "");
    }

    private static Plot.Curve curve(String name, double... figures) {
        List<Plot.Point> points = new ArrayList<>();
        for (int i = 0; i < figures.length; i++) {
            points.add(new Plot.Point(1000 * Math.pow(10, i), new Plot.Spread(figures[i], figures[i], figures[i])));
        }
        return new Plot.Curve(name, points);
    }

    private static List<Element> dots(String svg) throws Exception {
        Document document = DocumentBuilderFactory.newInstance()
                .newDocumentBuilder()
                .parse(new ByteArrayInputStream(svg.getBytes(StandardCharsets.UTF_8)));
        NodeList found = document.getElementsByTagName("circle");
        List<Element> dots = new ArrayList<>();
        for (int i = 0; i < found.getLength(); i++) {
            dots.add((Element) found.item(i));
        }
        return dots;
    }

    private static double x(Element dot) {
        return Double.parseDouble(dot.getAttribute("cx"));
    }

    private static double y(Element dot) {
        return Double.parseDouble(dot.getAttribute("cy"));
    }
}
