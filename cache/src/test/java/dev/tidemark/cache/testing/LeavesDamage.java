// SPDX-License-Identifier: Apache-2.0
package dev.tidemark.cache.testing;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** Marks tests that leave a cache behind which {@link VerifyAtEnd} would find fault with, and says why. */
@Target({ElementType.TYPE, ElementType.METHOD})
@Retention(RetentionPolicy.RUNTIME)
public @interface LeavesDamage {
    String value();
}
