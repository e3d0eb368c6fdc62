// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.daemon;

/** Which Tidemark this is. */
public final class Version {
    private static final String UNPACKAGED = "development";

    private Version() {}

    /** The version in the manifest of the jar this runs from. */
    public static String current() {
        String packaged = Version.class.getPackage().getImplementationVersion();
        return packaged == null ? UNPACKAGED : packaged;
    }
}
