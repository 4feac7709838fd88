public import SwiftSyntax
public import SwiftSyntaxMacros

/// `@Job`: makes the job type `$name` of a function, or the discovery record of a struct that is a job already.
public struct JobMacro: PeerMacro {
    // The code is written as it should look.
    public static var formatMode: FormatMode { .disabled }

    public static func expansion(
        of node: AttributeSyntax,
        providingPeersOf declaration: some DeclSyntaxProtocol,
        in context: some MacroExpansionContext
    ) throws -> [DeclSyntax] {
        var problems = Problems()
        let peers = peers(of: node, on: DeclSyntax(declaration), in: context, problems: &problems)
        for diagnostic in problems.found {
            context.diagnose(diagnostic)
        }
        // Half a job would add the compiler's complaints about generated code to ours.
        return problems.found.isEmpty ? peers : []
    }

    private static func peers(
        of node: AttributeSyntax,
        on declaration: DeclSyntax,
        in context: some MacroExpansionContext,
        problems: inout Problems
    ) -> [DeclSyntax] {
        if let function = declaration.as(FunctionDeclSyntax.self) {
            let place = JobPlace(of: function, in: context)
            guard place.allows(function, problems: &problems) else { return [] }
            let attribute = JobAttribute(node, on: function, at: place, problems: &problems)
            guard let job = FunctionJob(function, attribute: attribute, place: place, problems: &problems) else {
                return []
            }
            return [job.declaration]
        }
        if let structure = declaration.as(StructDeclSyntax.self) {
            let place = JobPlace(of: structure, in: context)
            return StructJob(structure, attribute: node, place: place, problems: &problems).map { [$0.declaration] }
                ?? []
        }
        if declaration.is(InitializerDeclSyntax.self) {
            problems.report(.initialiser, at: node)
        } else {
            problems.report(.unsuitable(declaration.kindInWords), at: node)
        }
        return []
    }
}

extension DeclSyntax {
    /// What the declaration is, as a diagnostic calls it.
    fileprivate var kindInWords: String {
        switch kind {
        case .actorDecl: "an actor"
        case .associatedTypeDecl: "an associated type"
        case .classDecl: "a class"
        case .deinitializerDecl: "a deinitialiser"
        case .enumCaseDecl: "an enum case"
        case .enumDecl: "an enum"
        case .extensionDecl: "an extension"
        case .importDecl: "an import"
        case .macroDecl: "a macro"
        case .protocolDecl: "a protocol"
        case .subscriptDecl: "a subscript"
        case .typeAliasDecl: "a type alias"
        case .variableDecl: "a variable"
        default: "this declaration"
        }
    }
}
