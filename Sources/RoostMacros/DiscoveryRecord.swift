/// The constant in the linker section by which a worker finds a job without a list of them.
enum DiscoveryRecord {
    /// `JobDiscovery.mark` of the core, which the plug-in cannot import.
    private static let mark = "0x726F_6F73_746A_6F62"

    static func lines(for type: String) -> [String] {
        let record = [
            "private static let __record: Roost::JobRecord = (",
            "    \(mark),",
            "    {",
            "        $0.assumingMemoryBound(to: (any Roost::Job.Type).self).initialize(to: \(type).self)",
            "    }",
            ")",
        ]
        return ["#if objectFormat(MachO)", "@section(\"__DATA_CONST,roost_jobs\") @used"] + record
            + ["#else", "@section(\"roost_jobs\") @used"] + record + ["#endif"]
    }
}
