// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.smoke.bench;

import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * Draws figures as SVG, on scales of powers of ten: each median as a dot, and a line from the least to the most.
 *
 * <p>The pictures need no fonts, styles or scripts of their own, so that any page can show them.
 */
final class Plot {
    private static final int WIDTH = 860;
    private static final int LEFT = 190;
    private static final int RIGHT = 150;
    private static final int TOP = 62;
    private static final int BOTTOM = 44;
    private static final int LINE = 22;
    private static final int CURVES_HEIGHT = 420;
    private static final List<String> COLOURS =
            List.of("#1f6fb4", "#d1600f", "#2c8a3d", "#b3262a", "#7d55b0", "#7a5146", "#c2539f", "#5c6670");

    private final StringBuilder svg = new StringBuilder(4096);
    private final int height;

    private Plot(int height) {
        this.height = height;
    }

    /** A median between the least and the most. */
    record Spread(double least, double median, double most) {}

    /** One line of {@link #parts}: how many times its bar a figure is, so that from 1 on it is met. */
    record Part(String name, Spread times, String text) {}

    /** One figure of a curve, at some amount of rows. */
    record Point(double rows, Spread figure) {}

    record Curve(String name, List<Point> points) {}

    /** From the power of ten at or below the least to the one at or above the most. */
    private record Scale(double from, double to, int start, int end) {
        static Scale over(double least, double most, int start, int end) {
            double from = Math.floor(Math.log10(least));
            return new Scale(from, Math.max(from + 1, Math.ceil(Math.log10(most))), start, end);
        }

        double at(double value) {
            double share = (Math.log10(value) - from) / (to - from);
            return start + Math.clamp(share, 0, 1) * (end - start);
        }

        List<Double> tens() {
            return Stream.iterate(from, power -> power <= to, power -> power + 1)
                    .map(power -> Math.pow(10, power))
                    .toList();
        }
    }

    /** Figures one below the other, each as so many times its bar; right of the line at 1 it is met. */
    static String parts(String title, String below, List<Part> parts) {
        Plot plot = new Plot(TOP + BOTTOM + LINE * parts.size());
        double least =
                parts.stream().mapToDouble(part -> part.times().least()).min().orElse(1);
        double most =
                parts.stream().mapToDouble(part -> part.times().most()).max().orElse(1);
        Scale scale = Scale.over(Math.clamp(least, 0.01, 0.9), Math.clamp(most, 1.1, 100), LEFT, WIDTH - RIGHT);
        plot.begin(title, below);
        int foot = plot.height - BOTTOM;
        for (double ten : scale.tens()) {
            plot.line(scale.at(ten), TOP - 8, scale.at(ten), foot, ten == 1 ? "#333333" : "#dddddd", 1);
            plot.text(scale.at(ten), foot + 16, "middle", plain(ten));
        }
        for (int i = 0; i < parts.size(); i++) {
            Part part = parts.get(i);
            double y = TOP + LINE * i + LINE / 2.0;
            String colour = part.times().median() >= 1 ? COLOURS.get(2) : COLOURS.get(3);
            plot.text(LEFT - 10, y + 4, "end", part.name());
            plot.line(scale.at(part.times().least()), y, scale.at(part.times().most()), y, colour, 2);
            plot.dot(scale.at(part.times().median()), y, colour);
            plot.text(WIDTH - RIGHT + 10, y + 4, "start", part.text());
        }
        return plot.end();
    }

    /** Figures over rows, each through its own first one; the dashed line grows as the rows do. */
    static String curves(String title, String below, List<Curve> curves) {
        Plot plot = new Plot(CURVES_HEIGHT);
        List<Curve> shown = curves.stream().map(Plot::throughTheFirst).toList();
        List<Point> points =
                shown.stream().flatMap(curve -> curve.points().stream()).toList();
        double fewest = points.stream().mapToDouble(Point::rows).min().orElse(1);
        double many = points.stream().mapToDouble(Point::rows).max().orElse(1);
        double least = points.stream()
                .mapToDouble(point -> point.figure().least())
                .min()
                .orElse(1);
        double most = points.stream()
                .mapToDouble(point -> point.figure().most())
                .max()
                .orElse(1);
        Scale across = Scale.over(fewest, many, LEFT / 2, WIDTH - RIGHT);
        Scale up = Scale.over(Math.min(least, 0.99), Math.max(most, many / fewest), CURVES_HEIGHT - BOTTOM, TOP);
        plot.begin(title, below);
        for (double ten : across.tens()) {
            plot.line(across.at(ten), TOP, across.at(ten), CURVES_HEIGHT - BOTTOM, "#dddddd", 1);
            plot.text(across.at(ten), CURVES_HEIGHT - BOTTOM + 16, "middle", GrowthFamily.words(Math.round(ten)));
        }
        for (double ten : up.tens()) {
            plot.line(LEFT / 2.0, up.at(ten), WIDTH - RIGHT, up.at(ten), ten == 1 ? "#333333" : "#dddddd", 1);
            plot.text(LEFT / 2.0 - 8, up.at(ten) + 4, "end", plain(ten));
        }
        plot.dashed(across.at(fewest), up.at(1), across.at(many), up.at(many / fewest));
        for (int i = 0; i < shown.size(); i++) {
            String colour = COLOURS.get(i % COLOURS.size());
            List<Point> each = shown.get(i).points();
            for (int next = 0; next < each.size(); next++) {
                double x = across.at(each.get(next).rows());
                Spread figure = each.get(next).figure();
                plot.line(x, up.at(figure.least()), x, up.at(figure.most()), colour, 1);
                plot.dot(x, up.at(figure.median()), colour);
                if (next > 0) {
                    Point before = each.get(next - 1);
                    plot.line(
                            across.at(before.rows()),
                            up.at(before.figure().median()),
                            x,
                            up.at(figure.median()),
                            colour,
                            2);
                }
            }
            double y = TOP + LINE * i + 8.0;
            plot.dot(WIDTH - RIGHT + 20, y, colour);
            plot.text(WIDTH - RIGHT + 30, y + 4, "start", shown.get(i).name());
        }
        return plot.end();
    }

    private static Curve throughTheFirst(Curve curve) {
        double first = curve.points().getFirst().figure().median();
        return new Curve(
                curve.name(),
                curve.points().stream()
                        .map(point -> new Point(point.rows(), through(point.figure(), first)))
                        .toList());
    }

    private static Spread through(Spread figure, double first) {
        return new Spread(figure.least() / first, figure.median() / first, figure.most() / first);
    }

    private void begin(String title, String below) {
        svg.append(
                "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" font-family=\"sans-serif\" font-size=\"12\">\n"
                        .formatted(WIDTH, height));
        svg.append("<rect width=\"%d\" height=\"%d\" fill=\"#ffffff\"/>\n".formatted(WIDTH, height));
        svg.append("<text x=\"16\" y=\"22\" font-size=\"15\" fill=\"#111111\">%s</text>\n".formatted(escaped(title)));
        svg.append("<text x=\"16\" y=\"40\" fill=\"#555555\">%s</text>\n".formatted(escaped(below)));
    }

    private String end() {
        return svg.append("</svg>\n").toString();
    }

    private void line(double x1, double y1, double x2, double y2, String colour, int width) {
        svg.append(String.format(
                Locale.ROOT,
                "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" stroke=\"%s\" stroke-width=\"%d\"/>\n",
                x1,
                y1,
                x2,
                y2,
                colour,
                width));
    }

    private void dashed(double x1, double y1, double x2, double y2) {
        line(x1, y1, x2, y2, "#999999\" stroke-dasharray=\"5 4", 1);
    }

    private void dot(double x, double y, String colour) {
        svg.append(String.format(Locale.ROOT, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"4\" fill=\"%s\"/>\n", x, y, colour));
    }

    private void text(double x, double y, String anchor, String words) {
        svg.append(String.format(
                Locale.ROOT,
                "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\" fill=\"#333333\">%s</text>\n",
                x,
                y,
                anchor,
                escaped(words)));
    }

    private static String plain(double ten) {
        return ten >= 1 ? Long.toString(Math.round(ten)) : Double.toString(ten);
    }

    private static String escaped(String words) {
        return words.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
    }
}
