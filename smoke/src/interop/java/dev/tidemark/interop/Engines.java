// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.interop;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.stream.Collectors;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.SparkSession;

/**
 * Counts the rows of Iceberg tables as other engines read them, and sums a column: {@code Engines COLUMN TABLE…}.
 *
 * <p>A line for each table and engine: {@code ENGINE TABLE ROWS SUM}. DuckDB is asked for the Parquet files that are live, where
 * no row is deleted in them.
 */
public final class Engines {
    private Engines() {}

    public static void main(String[] arguments) throws SQLException {
        String column = arguments[0];
        SparkSession spark = SparkSession.builder()
                .master("local[1]")
                .config("spark.ui.enabled", "false")
                // Tables are named by their paths, and no catalog is asked; Iceberg wants one all the same.
                .config("spark.sql.catalog.default_iceberg", "org.apache.iceberg.spark.SparkCatalog")
                .config("spark.sql.catalog.default_iceberg.type", "hadoop")
                .config("spark.sql.catalog.default_iceberg.warehouse", System.getProperty("java.io.tmpdir"))
                .config("spark.sql.shuffle.partitions", "1")
                .getOrCreate();
        try (Connection duck = DriverManager.getConnection("jdbc:duckdb:")) {
            for (String table : List.of(arguments).subList(1, arguments.length)) {
                spark.read().format("iceberg").load(table).createOrReplaceTempView("rows");
                var told = spark.sql("SELECT count(*), sum(" + column + ") FROM rows").first();
                System.out.println("spark " + table + " " + told.getLong(0) + " " + told.get(1));
                spark.read().format("iceberg").load(table + "#files").createOrReplaceTempView("files");
                if (spark.sql("SELECT * FROM files WHERE content <> 0").isEmpty()) {
                    List<String> live = spark.sql("SELECT file_path FROM files")
                            .as(Encoders.STRING())
                            .collectAsList();
                    System.out.println("duckdb " + table + " " + inParquet(duck, column, live));
                }
            }
        }
        spark.stop();
    }

    private static String inParquet(Connection duck, String column, List<String> files) throws SQLException {
        String list = files.stream()
                .map(file -> "'" + file.replaceFirst("^file:/*", "/").replace("'", "''") + "'")
                .collect(Collectors.joining(", ", "[", "]"));
        try (Statement ask = duck.createStatement();
                ResultSet told = ask.executeQuery("SELECT count(*), sum(" + column + ") FROM read_parquet(" + list
                        + ", union_by_name = true)")) {
            told.next();
            return told.getLong(1) + " " + told.getObject(2);
        }
    }
}
