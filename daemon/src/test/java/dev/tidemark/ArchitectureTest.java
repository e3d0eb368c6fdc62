// SPDX-License-Identifier: Apache-2.0
package dev.tidemark;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.junit.jupiter.api.Assertions.assertEquals;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.AccessTarget.CodeUnitAccessTarget;
import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaCodeUnit;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.domain.JavaParameterizedType;
import com.tngtech.archunit.core.domain.JavaType;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.io.FileDescriptor;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.ZoneId;
import java.util.List;
import java.util.Set;
import java.util.function.BiPredicate;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Who may import whom, and what nobody may call. */
final class ArchitectureTest {
    private static final String CACHE = "dev.tidemark.cache";
    private static final String FILES = "dev.tidemark.cache.files";
    private static final String CACHE_ICEBERG = CACHE + ".iceberg";
    private static final String SINKS = "dev.tidemark.sinks";
    private static final String ENCODING = "dev.tidemark.sinks.encoding";
    private static final String DAEMON = "dev.tidemark.daemon";

    private static final Set<String> FILE_CHANGES = Set.of(
            "copy",
            "createDirectories",
            "createDirectory",
            "createFile",
            "createLink",
            "createSymbolicLink",
            "createTempDirectory",
            "createTempFile",
            "delete",
            "deleteIfExists",
            "move",
            "newBufferedWriter",
            "newByteChannel",
            "newOutputStream",
            "setAttribute",
            "setLastModifiedTime",
            "setOwner",
            "setPosixFilePermissions",
            "write",
            "writeString");
    private static final Set<String> FILE_OPENERS = Set.of(
            "java.io.FileOutputStream",
            "java.io.FileWriter",
            "java.io.RandomAccessFile",
            "java.nio.channels.AsynchronousFileChannel",
            "java.nio.channels.FileChannel");
    private static final Set<String> JAVA_IO_FILE_CHANGES =
            Set.of("createNewFile", "createTempFile", "delete", "deleteOnExit", "mkdir", "mkdirs", "renameTo");

    private static final JavaClasses HOUSE = new ClassFileImporter()
            .withImportOption(location -> !location.contains("/test-classes/") && !location.contains("-tests.jar"))
            .importPackages(CACHE, SINKS, DAEMON);

    @Test
    void everyModuleIsLookedAt() {
        Path root = Path.of(System.getProperty("tidemark.root", ".."));
        List<String> unseen = Stream.of("cache", "sinks", "daemon")
                .filter(module -> Files.isDirectory(root.resolve(module).resolve("src/main/java")))
                .filter(module -> HOUSE.stream().noneMatch(type -> within(type, "dev.tidemark." + module)))
                .toList();
        assertEquals(List.of(), unseen);
    }

    @Test
    void cacheImportsNothingOfOurs() {
        holds(noClasses()
                .that(areWithin(CACHE))
                .should()
                .dependOnClassesThat(areOursExcept(type -> within(type, CACHE))));
    }

    @Test
    void sinksImportTheDoorOfTheCacheAndItsFiles() {
        holds(noClasses()
                .that(areWithin(SINKS))
                .should()
                .dependOnClassesThat(areOursExcept(type -> within(type, SINKS)
                        || Set.of(CACHE, FILES, CACHE_ICEBERG).contains(type.getPackageName()))));
    }

    @Test
    void daemonImportsDoors() {
        Set<String> doors = Set.of(CACHE, FILES, SINKS, ENCODING);
        holds(noClasses()
                .that(areWithin(DAEMON))
                .should()
                .dependOnClassesThat(
                        areOursExcept(type -> within(type, DAEMON) || doors.contains(type.getPackageName()))));
    }

    @Test
    void insideTheCacheUpkeepUsesTableUsesSpoolUsesFiles() {
        List<String> upwards = List.of(FILES, CACHE_ICEBERG, CACHE + ".spool", CACHE + ".table", CACHE + ".upkeep");
        for (int lower = 0; lower < upwards.size(); lower++) {
            for (String higher : upwards.subList(lower + 1, upwards.size())) {
                holds(noClasses().that(areWithin(upwards.get(lower))).should().dependOnClassesThat(areWithin(higher)));
            }
        }
    }

    @Test
    void behindTheDoorOfTheCacheOnlyItsValuesAreKnown() {
        holds(noClasses()
                .that(describe(
                        "lie behind the door of the cache",
                        type -> within(type, CACHE) && !type.getPackageName().equals(CACHE)))
                .should()
                .dependOnClassesThat(describe(
                        "are Cache itself", type -> outermost(type).getName().equals(CACHE + ".Cache"))));
    }

    @Test
    void icebergStaysInTheTableTheIcebergSinkAndTheParquetEncoder() {
        only(
                type -> within(type, CACHE + ".table")
                        || within(type, CACHE_ICEBERG)
                        || within(type, SINKS + ".iceberg")
                        || (type.getPackageName().equals(ENCODING)
                                && outermost(type).getSimpleName().startsWith("Parquet")),
                "org.apache.iceberg");
    }

    @Test
    void awsStaysInTheS3Store() {
        only(type -> within(type, SINKS + ".blob.s3"), "software.amazon.awssdk");
    }

    @Test
    void okHttpStaysInTheForwardSink() {
        only(type -> within(type, SINKS + ".forward"), "okhttp3");
    }

    @Test
    void guiceStaysInModulesAndMain() {
        only(ArchitectureTest::wires, "com.google.inject");
    }

    @Test
    void filesAreChangedThroughDurableFilesOrDiskOnly() {
        holds(noClasses()
                .that(describe("lie outside " + FILES, type -> !within(type, FILES)))
                .should()
                .accessTargetWhere(reaches("a change of a file that is not allowed there", (caller, target) -> {
                    String owner = target.getOwner().getName();
                    return (owner.equals("java.nio.file.Files")
                                    && FILE_CHANGES.contains(target.getName())
                                    && !mayChange(caller, target.getName()))
                            || (FILE_OPENERS.contains(owner) && opens(target))
                            || (owner.equals("java.io.File") && JAVA_IO_FILE_CHANGES.contains(target.getName()));
                })));
    }

    /** A stream on a descriptor, such as stdout, opens nothing. */
    private static boolean opens(CodeUnitAccessTarget target) {
        return target.getName().equals("open")
                || (target.getName().equals("<init>")
                        && target.getRawParameterTypes().stream()
                                .noneMatch(type -> type.isEquivalentTo(FileDescriptor.class)));
    }

    /**
     * What a process does to names that hold none of its rows: who may read a file, where a unix socket lies, and the
     * temporary directory in which the demo plays operator to daemons of its own.
     */
    private static boolean mayChange(JavaClass caller, String change) {
        String name = outermost(caller).getSimpleName();
        boolean removes =
                Set.of("createTempDirectory", "delete", "deleteIfExists").contains(change);
        return within(caller, DAEMON)
                && (change.equals("setPosixFilePermissions")
                        || (removes && name.contains("Socket"))
                        || (within(caller, DAEMON + ".command") && name.startsWith("Demo")));
    }

    @Test
    void timeComesFromAnInjectedInstantSource() {
        holds(noClasses()
                // What Iceberg wrote by the host's clock is held against that clock.
                .that(describe(
                        "are no *Module and not Main",
                        type -> !wires(type) && !type.getSimpleName().equals("PresentTimes")))
                .should()
                .accessTargetWhere(reaches("the clock of the host", (caller, target) -> {
                    String owner = target.getOwner().getName();
                    String name = target.getName();
                    return (owner.equals("java.lang.System") && name.equals("currentTimeMillis"))
                            || (owner.startsWith("java.time.") && name.equals("now") && asksTheHost(target))
                            || (owner.equals("java.time.Clock")
                                    && (name.startsWith("system") || (name.startsWith("tick") && asksTheHost(target))))
                            || (owner.equals("java.time.InstantSource") && name.equals("system"))
                            || (Set.of("java.util.Date", "java.util.GregorianCalendar")
                                            .contains(owner)
                                    && name.equals("<init>")
                                    && target.getRawParameterTypes().isEmpty());
                })));
    }

    private static boolean asksTheHost(CodeUnitAccessTarget target) {
        return target.getRawParameterTypes().stream().allMatch(type -> type.isEquivalentTo(ZoneId.class));
    }

    @Test
    void nobodySleeps() {
        holds(noClasses()
                .should()
                .accessTargetWhere(reaches(
                        "a sleep",
                        (caller, target) -> target.getName().equals("sleep")
                                && Set.of("java.lang.Thread", "java.util.concurrent.TimeUnit")
                                        .contains(target.getOwner().getName()))));
    }

    /** Where the disk is full, or fails, touching a mapped page ends the process; a write is answered. */
    @Test
    void nobodyMapsAFile() {
        holds(noClasses()
                .should()
                .accessTargetWhere(reaches(
                        "a file that is mapped into memory",
                        (caller, target) -> target.getName().equals("map")
                                && target.getOwner().isAssignableTo("java.nio.channels.FileChannel"))));
    }

    @Test
    void noSignatureOfCacheOrSinksTradesInBagsOfValues() {
        holds(classes()
                .that(describe("are of cache or sinks", type -> within(type, CACHE) || within(type, SINKS)))
                .should(haveTypedSignatures()));
    }

    private static ArchCondition<JavaClass> haveTypedSignatures() {
        return new ArchCondition<>("have no Map<String, Object> and no Jackson tree in a signature") {
            @Override
            public void check(JavaClass type, ConditionEvents events) {
                for (JavaCodeUnit unit : type.getCodeUnits()) {
                    boolean ownAffair = unit.getModifiers().contains(JavaModifier.PRIVATE)
                            || unit.getModifiers().contains(JavaModifier.SYNTHETIC);
                    if (!ownAffair
                            && Stream.concat(Stream.of(unit.getReturnType()), unit.getParameterTypes().stream())
                                    .anyMatch(ArchitectureTest::isBag)) {
                        events.add(SimpleConditionEvent.violated(
                                unit, unit.getDescription() + " trades in a bag of values: give it a type"));
                    }
                }
            }
        };
    }

    private static boolean isBag(JavaType type) {
        if (type.toErasure().isAssignableTo("com.fasterxml.jackson.core.TreeNode")) {
            return true;
        }
        if (!(type instanceof JavaParameterizedType parameterized)) {
            return false;
        }
        List<String> arguments = parameterized.getActualTypeArguments().stream()
                .map(JavaType::getName)
                .toList();
        return (type.toErasure().isAssignableTo("java.util.Map")
                        && arguments.equals(List.of("java.lang.String", "java.lang.Object")))
                || parameterized.getActualTypeArguments().stream().anyMatch(ArchitectureTest::isBag);
    }

    private static void only(Predicate<JavaClass> inside, String library) {
        holds(noClasses()
                .that(describe("lie elsewhere", type -> !inside.test(type)))
                .should()
                .dependOnClassesThat(areWithin(library)));
    }

    /** A package that is not there yet keeps every rule. */
    private static void holds(ArchRule rule) {
        rule.allowEmptyShould(true).check(HOUSE);
    }

    private static DescribedPredicate<JavaClass> areWithin(String root) {
        return describe("lie in " + root, type -> within(type, root));
    }

    private static DescribedPredicate<JavaClass> areOursExcept(Predicate<JavaClass> allowed) {
        return describe("are ours and not for it to know", type -> within(type, "dev.tidemark") && !allowed.test(type));
    }

    private static DescribedPredicate<JavaAccess<?>> reaches(
            String what, BiPredicate<JavaClass, CodeUnitAccessTarget> wrong) {
        return describe(
                what,
                access -> access.getTarget() instanceof CodeUnitAccessTarget target
                        && wrong.test(access.getOriginOwner(), target));
    }

    private static boolean within(JavaClass type, String root) {
        return type.getPackageName().equals(root) || type.getPackageName().startsWith(root + ".");
    }

    private static JavaClass outermost(JavaClass type) {
        JavaClass outer = type;
        while (outer.getEnclosingClass().isPresent()) {
            outer = outer.getEnclosingClass().get();
        }
        return outer;
    }

    private static final Pattern WIRING = Pattern.compile("Main|\\w*Module");

    private static boolean wires(JavaClass type) {
        return WIRING.matcher(outermost(type).getSimpleName()).matches();
    }
}
